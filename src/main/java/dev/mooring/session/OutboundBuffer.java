package dev.mooring.session;

import io.netty.buffer.ByteBuf;

/**
 * Where messages gather for one client, and leave from.
 *
 * <p>Event loop only.
 */
public interface OutboundBuffer {
  /** What the next message is to be appended to. It stays this one's, and may be another soon. */
  ByteBuf buffer();

  /** Sends what has gathered. */
  void flush();

  /** Whether so much has gathered that it should be sent, whatever else may follow. */
  boolean isFull();

  /** Whether what is sent now would leave soon; when that changes, the conversation is told. */
  boolean isWritable();
}
