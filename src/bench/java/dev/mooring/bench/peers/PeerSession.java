package dev.mooring.bench.peers;

import dev.mooring.proto.CallReader;
import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.ResultWriter;
import dev.mooring.proto.frame.Framing;
import dev.mooring.proto.v1.Call.FunctionCase;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection's conversation, whoever leads it: takes what the client says, and writes what is
 * answered. One thread at a time.
 */
final class PeerSession {
  private final Map<String, PeerModule> modules;
  private final Engine engine;
  private final CallReader reader;
  private final Framing framing;
  private @Nullable PeerModule module;
  private @Nullable GuestInstance instance;
  private boolean ended;

  /**
   * @param reader may be shared by all sessions of a thread
   * @param framing what stands in front of each answer
   */
  PeerSession(Map<String, PeerModule> modules, Engine engine, CallReader reader, Framing framing) {
    this.modules = modules;
    this.engine = engine;
    this.reader = reader;
    this.framing = framing;
  }

  /** Whether the last word has been written, so that the connection is to be closed behind it. */
  boolean hasEnded() {
    return ended;
  }

  /**
   * Answers a message.
   *
   * @param frame stays the caller's
   * @param out takes the answer, if there is one
   */
  void answer(ByteBuf frame, ByteBuf out) {
    if (ended) {
      return;
    }
    try {
      switch (reader.read(frame)) {
        case CALL -> call(frame, out);
        case OPEN -> open(reader.message().getOpen().getModule(), out);
        case PING -> ResultWriter.writePong(out, framing, reader.message().getPing().getToken());
        case CLOSE ->
            end(
                out,
                ServerMessage.newBuilder()
                    .setClosed(Closed.newBuilder().setReason(CloseReason.CLIENT_CLOSED))
                    .build());
        case CANCEL, ACKNOWLEDGE -> {
          // A call is answered before the next message is read, and no session is kept here.
        }
        case MESSAGE_NOT_SET -> fail(out, ErrorCode.MALFORMED_MESSAGE, "an empty message");
      }
    } catch (MessageException e) {
      fail(out, ErrorCode.MALFORMED_MESSAGE, String.valueOf(e.getMessage()));
    }
  }

  private void open(String name, ByteBuf out) {
    PeerModule found = modules.get(name);
    if (instance != null) {
      fail(out, ErrorCode.ALREADY_OPEN, "a second Open");
    } else if (found == null) {
      fail(out, ErrorCode.MODULE_NOT_FOUND, "there are " + modules.keySet());
    } else {
      module = found;
      instance = engine.open(found);
      Frames.write(out, framing, ServerMessage.newBuilder().setOpened(found.opened()).build());
    }
  }

  private void call(ByteBuf frame, ByteBuf out) {
    if (instance == null || module == null) {
      fail(out, ErrorCode.NOT_OPEN, "Call before Open");
      return;
    }
    int function =
        reader.function() == FunctionCase.INDEX
            ? reader.functionIndex()
            : reader.function() == FunctionCase.NAME ? module.indexOf(reader.functionName()) : -1;
    if (function < 0 || function >= module.exports().size()) {
      var error =
          Error.newBuilder()
              .setId(reader.id())
              .setCode(ErrorCode.FUNCTION_NOT_FOUND)
              .setMessage("no such function");
      Frames.write(out, framing, ServerMessage.newBuilder().setError(error).build());
      return;
    }
    instance.call(function, reader, frame, out);
  }

  private void fail(ByteBuf out, ErrorCode code, String message) {
    var error = Error.newBuilder().setCode(code).setMessage(message);
    end(out, ServerMessage.newBuilder().setError(error).build());
  }

  private void end(ByteBuf out, ServerMessage last) {
    Frames.write(out, framing, last);
    ended = true;
  }
}
