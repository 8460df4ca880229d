package dev.mooring.session;

import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * What messages to a client look like: a wire's own encoding. Each method appends one whole message
 * to a buffer, which it may make larger and doesn't keep.
 *
 * <p>A sequence is a message's place among what a kept session has said, from 1; 0 of a session
 * that isn't kept.
 *
 * <p>Event loop only.
 */
public interface MessageEncoder {
  void opened(ByteBuf out, OpenedSession opened);

  /** A call's success; {@code values} are raw bits, and {@code output} is all of a buffer. */
  void result(
      ByteBuf out, long sequence, long id, List<ValueType> types, long[] values, ByteBuf output);

  /** A call's failure. */
  void error(ByteBuf out, long sequence, long id, Problem problem);

  /** An event, whose payload is {@code length} of the {@code bytes} from {@code index} on. */
  void event(ByteBuf out, long sequence, ByteBuf bytes, int index, int length);

  void pong(ByteBuf out, long token);

  void goAway(ByteBuf out, long lastId, GoAwayReason reason, String message);

  /** The last message of a conversation that ends so; of one whose client is gone there is none. */
  void lastWord(ByteBuf out, EndReason ending);
}
