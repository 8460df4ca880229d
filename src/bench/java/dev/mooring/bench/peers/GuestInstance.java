package dev.mooring.bench.peers;

import dev.mooring.proto.CallReader;
import io.netty.buffer.ByteBuf;

/** What answers one connection's calls. One thread at a time. */
interface GuestInstance {
  /**
   * Answers a call with one frame.
   *
   * @param function which of the module's exports, from 0
   * @param call what was read of {@code frame}
   * @param out takes the answer
   */
  void call(int function, CallReader call, ByteBuf frame, ByteBuf out);
}
