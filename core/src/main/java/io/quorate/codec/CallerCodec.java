package io.quorate.codec;

import io.quorate.command.Caller;

/** Binary form of a {@link Caller}: a kind byte, and a name where there is one. */
final class CallerCodec {
  private static final int NOBODY = 0;
  private static final int NODE = 1;
  private static final int USER = 2;
  private static final int CERTIFICATE = 3;

  private CallerCodec() {}

  /** Writes nothing in a version that does not contain callers. */
  static void write(Writer out, int version, Caller caller) {
    if (version < FormatVersion.WITH_CALLERS) {
      return;
    }
    if (caller instanceof Caller.User user) {
      writeNamed(out, USER, user.name(), user.authRevision());
    } else if (caller instanceof Caller.Certificate certificate) {
      writeNamed(out, CERTIFICATE, certificate.commonName(), certificate.authRevision());
    } else {
      out.u8(caller instanceof Caller.Node ? NODE : NOBODY);
    }
  }

  private static void writeNamed(Writer out, int kind, String name, long authRevision) {
    out.u8(kind);
    out.string(name);
    out.zigzag(authRevision);
  }

  /**
   * @throws CodecException malformed bytes, or a kind that this release does not know
   */
  static Caller read(Reader in, int version) {
    if (version < FormatVersion.WITH_CALLERS) {
      return Caller.NOBODY;
    }
    int kind = in.u8("kind of caller");
    return switch (kind) {
      case NOBODY -> Caller.NOBODY;
      case NODE -> Caller.NODE;
      case USER -> new Caller.User(name(in), in.zigzag("auth revision"));
      case CERTIFICATE -> new Caller.Certificate(name(in), in.zigzag("auth revision"));
      default -> throw in.bad("unknown kind of caller " + kind);
    };
  }

  private static String name(Reader in) {
    String name = in.string("name of the caller");
    if (!Caller.isName(name)) {
      throw in.bad("the caller's name has " + name.length() + " characters");
    }
    return name;
  }
}
