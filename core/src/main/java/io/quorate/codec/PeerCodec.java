package io.quorate.codec;

import java.util.List;

/**
 * Binary form of what members send each other: a header of fixed size, then the messages one after
 * the other, each beginning with a kind byte. Pinned by golden files. Pure functions, any thread.
 */
public final class PeerCodec {
  /** Size of the header: the version, then four numbers of eight bytes. */
  public static final int HEADER_BYTES = 41;

  private static final int OF_RAFT = 1;
  private static final int FORWARD = 2;
  private static final int FORWARD_CHANGE = 3;
  private static final int FORWARD_REFUSED = 4;
  private static final int LEASE_ASK = 5;
  private static final int LEASE_ANSWER = 6;
  private static final int SNAPSHOT_CHUNK = 7;
  private static final int SNAPSHOT_ACK = 8;
  private static final int HASH_ASK = 9;
  private static final int HASH_ANSWER = 10;

  private static final PeerMessage.LeaseQuestion[] LEASE_QUESTIONS =
      PeerMessage.LeaseQuestion.values();

  private PeerCodec() {}

  /** The fixed-size head of a frame, read without looking at the rest. */
  public record Header(
      int version, long clusterId, long from, long to, long incarnation, long sequence) {}

  public static byte[] encode(PeerFrame frame) {
    Writer out = new Writer(sizeHint(frame));
    out.u8(frame.version());
    out.fixed64(frame.clusterId());
    out.fixed64(frame.from());
    out.fixed64(frame.to());
    out.fixed64(frame.incarnation());
    out.fixed64(frame.sequence());
    out.varint(frame.messages().size());
    for (PeerMessage message : frame.messages()) {
      write(out, frame.version(), message);
    }
    return out.toByteArray();
  }

  private static long sizeHint(PeerFrame frame) {
    long size = HEADER_BYTES + 5;
    for (PeerMessage message : frame.messages()) {
      if (message instanceof PeerMessage.OfRaft raft) {
        size += RaftCodec.sizeHint(raft.message());
      } else if (message instanceof PeerMessage.Forward forward) {
        size += 8;
        for (var proposal : forward.proposals()) {
          size += proposal.sizeBytes();
        }
      } else if (message instanceof PeerMessage.SnapshotChunk chunk) {
        size += 256L + chunk.data().length;
      } else {
        size += 64;
      }
    }
    return size;
  }

  private static void write(Writer out, int version, PeerMessage message) {
    if (message instanceof PeerMessage.OfRaft raft) {
      out.u8(OF_RAFT);
      RaftCodec.write(out, raft.message());
    } else if (message instanceof PeerMessage.Forward forward) {
      out.u8(FORWARD);
      CommandCodec.writeProposals(out, version, forward.proposals());
    } else if (message instanceof PeerMessage.ForwardChange forward) {
      out.u8(FORWARD_CHANGE);
      out.fixed64(forward.requestId());
      out.bytes(forward.change());
    } else if (message instanceof PeerMessage.ForwardRefused refused) {
      out.u8(FORWARD_REFUSED);
      out.ids(refused.requestIds());
      out.string(refused.reason());
    } else if (message instanceof PeerMessage.LeaseAsk ask) {
      out.u8(LEASE_ASK);
      out.varint(ask.context());
      out.u8(ask.question().ordinal());
      CallerCodec.write(out, version, ask.caller());
      out.fixed64(ask.leaseId());
    } else if (message instanceof PeerMessage.LeaseAnswer answer) {
      out.u8(LEASE_ANSWER);
      out.varint(answer.context());
      out.zigzag(answer.ttlSeconds());
      out.zigzag(answer.grantedTtlSeconds());
      out.nullable(answer.error());
    } else if (message instanceof PeerMessage.SnapshotChunk chunk) {
      out.u8(SNAPSHOT_CHUNK);
      out.fixed64(chunk.transfer());
      out.varint(chunk.term());
      RaftCodec.writeMeta(out, chunk.meta());
      out.varint(chunk.totalBytes());
      out.varint(chunk.offset());
      out.fixed32(chunk.crc32c());
      out.bytes(chunk.data());
    } else if (message instanceof PeerMessage.SnapshotAck ack) {
      out.u8(SNAPSHOT_ACK);
      out.fixed64(ack.transfer());
      out.varint(ack.offset());
      out.nullable(ack.refused());
    } else if (message instanceof PeerMessage.HashAsk ask) {
      out.u8(HASH_ASK);
      out.varint(ask.context());
      out.varint(ask.revision());
    } else if (message instanceof PeerMessage.HashAnswer answer) {
      out.u8(HASH_ANSWER);
      out.varint(answer.context());
      out.fixed32(answer.hash());
      out.zigzag(answer.compactRevision());
      out.varint(answer.hashRevision());
      out.nullable(answer.error());
    }
  }

  /**
   * @throws CodecException too short, or a version that this release does not know
   */
  public static Header header(byte[] bytes) {
    return readHeader(new Reader("peer frame", bytes));
  }

  private static Header readHeader(Reader in) {
    return new Header(
        FormatVersion.read(in),
        in.fixed64("cluster id"),
        in.fixed64("from"),
        in.fixed64("to"),
        in.fixed64("incarnation"),
        in.fixed64("sequence"));
  }

  /**
   * @throws CodecException malformed bytes; lengths are checked before memory is allocated for them
   */
  public static PeerFrame decode(byte[] bytes) {
    Reader in = new Reader("peer frame", bytes);
    Header header = readHeader(in);
    int count = in.count(2, "messages");
    List<PeerMessage> messages = Reader.list(count);
    for (int i = 0; i < count; i++) {
      messages.add(read(in, header.version()));
    }
    in.end();
    return new PeerFrame(
        header.version(),
        header.clusterId(),
        header.from(),
        header.to(),
        header.incarnation(),
        header.sequence(),
        messages);
  }

  /**
   * As {@link #decode}, for the member {@code self} of a cluster. Of a frame that is not for it,
   * only the header is read.
   *
   * @throws CodecException also if it is of another cluster or for another member
   */
  public static PeerFrame decodeFor(long clusterId, long self, byte[] bytes) {
    Header header = header(bytes);
    if (header.clusterId() != clusterId || header.to() != self) {
      throw new CodecException(
          "a frame from member "
              + Long.toHexString(header.from())
              + " of cluster "
              + Long.toHexString(header.clusterId())
              + " for member "
              + Long.toHexString(header.to()));
    }
    return decode(bytes);
  }

  private static PeerMessage read(Reader in, int version) {
    int kind = in.u8("kind of message");
    switch (kind) {
      case OF_RAFT:
        return new PeerMessage.OfRaft(RaftCodec.read(in));
      case FORWARD:
        return new PeerMessage.Forward(CommandCodec.readProposals(in, version));
      case FORWARD_CHANGE:
        return new PeerMessage.ForwardChange(in.fixed64("request id"), in.bytes("change"));
      case FORWARD_REFUSED:
        return new PeerMessage.ForwardRefused(in.ids("request ids"), in.string("reason"));
      case LEASE_ASK:
        return new PeerMessage.LeaseAsk(
            in.varint("context"),
            in.constant(LEASE_QUESTIONS, "lease question"),
            CallerCodec.read(in, version),
            in.fixed64("lease"));
      case LEASE_ANSWER:
        return new PeerMessage.LeaseAnswer(
            in.varint("context"), in.zigzag("ttl"), in.zigzag("granted ttl"), in.nullable("error"));
      case SNAPSHOT_CHUNK:
        return new PeerMessage.SnapshotChunk(
            in.fixed64("transfer"),
            in.varint("term"),
            RaftCodec.readMeta(in),
            in.varint("total bytes"),
            in.varint("offset"),
            in.fixed32("crc"),
            in.bytes("data"));
      case SNAPSHOT_ACK:
        return new PeerMessage.SnapshotAck(
            in.fixed64("transfer"), in.varint("offset"), in.nullable("refused"));
      case HASH_ASK:
        return new PeerMessage.HashAsk(in.varint("context"), in.varint("revision"));
      case HASH_ANSWER:
        return new PeerMessage.HashAnswer(
            in.varint("context"),
            in.fixed32("hash"),
            in.zigzag("compact revision"),
            in.varint("hash revision"),
            in.nullable("error"));
      default:
        throw in.bad("unknown kind of message " + kind);
    }
  }
}
