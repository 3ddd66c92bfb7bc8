package io.quorate.codec;

import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.util.List;

/** Binary form of Raft's messages in a peer frame. Kinds are stored by their ordinals. */
final class RaftCodec {
  private static final Message.Kind[] KINDS = Message.Kind.values();
  private static final Entry.Kind[] ENTRY_KINDS = Entry.Kind.values();

  private RaftCodec() {}

  static void write(Writer out, Message message) {
    out.u8(message.kind().ordinal());
    out.fixed64(message.from());
    out.fixed64(message.to());
    out.varint(message.term());
    if (message instanceof Message.AppendRequest append) {
      writePosition(out, append.prev());
      out.varint(append.commit());
      writeEntries(out, append.entries());
    } else if (message instanceof Message.AppendResponse response) {
      out.varint(response.index());
      out.bool(response.rejected());
      writePosition(out, response.hint());
    } else if (message instanceof Message.Heartbeat heartbeat) {
      out.varint(heartbeat.commit());
      out.varint(heartbeat.readRound());
    } else if (message instanceof Message.HeartbeatResponse response) {
      out.varint(response.readRound());
    } else if (message instanceof Message.VoteRequest vote) {
      writePosition(out, vote.last());
      out.u8((vote.preVote() ? 1 : 0) | (vote.transfer() ? 2 : 0));
    } else if (message instanceof Message.VoteResponse vote) {
      out.u8((vote.granted() ? 1 : 0) | (vote.preVote() ? 2 : 0));
      writePosition(out, vote.committed());
    } else if (message instanceof Message.InstallSnapshot install) {
      writeMeta(out, install.meta());
    } else if (message instanceof Message.ReadIndexRequest request) {
      out.varint(request.context());
    } else if (message instanceof Message.ReadIndexResponse response) {
      out.varint(response.context());
      out.zigzag(response.index());
    }
  }

  static Message read(Reader in) {
    Message.Kind kind = in.constant(KINDS, "kind of Raft message");
    long from = in.fixed64("from");
    long to = in.fixed64("to");
    long term = in.varint("term");
    switch (kind) {
      case APPEND_REQUEST:
        {
          LogPosition prev = readPosition(in);
          long commit = in.varint("commit");
          return new Message.AppendRequest(from, to, term, prev, readEntries(in), commit);
        }
      case APPEND_RESPONSE:
        return new Message.AppendResponse(
            from, to, term, in.varint("index"), in.bool("rejected"), readPosition(in));
      case HEARTBEAT:
        return new Message.Heartbeat(from, to, term, in.varint("commit"), in.varint("read round"));
      case HEARTBEAT_RESPONSE:
        return new Message.HeartbeatResponse(from, to, term, in.varint("read round"));
      case VOTE_REQUEST:
        {
          LogPosition last = readPosition(in);
          int flags = in.flags(3, "vote flags");
          return new Message.VoteRequest(from, to, term, last, (flags & 1) != 0, (flags & 2) != 0);
        }
      case VOTE_RESPONSE:
        {
          int flags = in.flags(3, "vote flags");
          return new Message.VoteResponse(
              from, to, term, (flags & 1) != 0, (flags & 2) != 0, readPosition(in));
        }
      case INSTALL_SNAPSHOT:
        return new Message.InstallSnapshot(from, to, term, readMeta(in));
      case TIMEOUT_NOW:
        return new Message.TimeoutNow(from, to, term);
      case READ_INDEX_REQUEST:
        return new Message.ReadIndexRequest(from, to, term, in.varint("context"));
      case READ_INDEX_RESPONSE:
        return new Message.ReadIndexResponse(
            from, to, term, in.varint("context"), in.zigzag("index"));
    }
    throw in.bad("unknown kind of Raft message " + kind);
  }

  /** Roughly the most bytes that {@code message} takes; only entries can make it large. */
  static long sizeHint(Message message) {
    long size = 64;
    if (message instanceof Message.AppendRequest append) {
      for (Entry entry : append.entries()) {
        size += entry.sizeBytes();
      }
    }
    return size;
  }

  private static void writeEntries(Writer out, List<Entry> entries) {
    out.varint(entries.size());
    for (Entry entry : entries) {
      writePosition(out, entry.position());
      out.u8(entry.kind().ordinal());
      out.bytes(entry.data());
    }
  }

  private static List<Entry> readEntries(Reader in) {
    int count = in.count(4, "entries");
    List<Entry> entries = Reader.list(count);
    for (int i = 0; i < count; i++) {
      entries.add(
          new Entry(
              readPosition(in), in.constant(ENTRY_KINDS, "kind of entry"), in.bytes("entry")));
    }
    return entries;
  }

  static void writeMeta(Writer out, SnapshotMeta meta) {
    writePosition(out, meta.position());
    ConfState conf = meta.conf();
    out.ids(conf.voters());
    out.ids(conf.votersOutgoing());
    out.ids(conf.learners());
    out.ids(conf.learnersNext());
    out.bool(conf.autoLeave());
  }

  static SnapshotMeta readMeta(Reader in) {
    LogPosition position = readPosition(in);
    return new SnapshotMeta(
        position,
        new ConfState(
            in.ids("voters"),
            in.ids("outgoing voters"),
            in.ids("learners"),
            in.ids("next learners"),
            in.bool("auto leave")));
  }

  private static void writePosition(Writer out, LogPosition position) {
    out.varint(position.term());
    out.varint(position.index());
  }

  private static LogPosition readPosition(Reader in) {
    return new LogPosition(in.varint("term"), in.varint("index"));
  }
}
