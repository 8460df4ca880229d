package dev.mooring.client;

import dev.mooring.proto.frame.VarintPrefix;
import io.netty.buffer.ByteBuf;

/** Messages that are written together, each behind its length as Mooring's own protocol has it. */
final class Batch {
  private Batch() {}

  /** Takes the next message out of a batch that has one; the batch's memory, and not retained. */
  static ByteBuf next(ByteBuf messages) {
    long head = VarintPrefix.INSTANCE.peek(messages);
    messages.skipBytes((int) (head >>> Integer.SIZE));
    return messages.readSlice((int) head);
  }
}
