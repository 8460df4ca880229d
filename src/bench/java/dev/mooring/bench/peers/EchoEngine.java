package dev.mooring.bench.peers;

import dev.mooring.proto.CallReader;
import dev.mooring.proto.ResultWriter;
import dev.mooring.proto.frame.Framing;
import io.netty.buffer.ByteBuf;

/** Runs no guest: every call's answer is its input. What is left is the transport. */
final class EchoEngine implements Engine, GuestInstance {
  private static final long[] NO_VALUES = {};
  private static final byte[] NO_TYPES = {};

  private final Framing framing;

  EchoEngine(Framing framing) {
    this.framing = framing;
  }

  @Override
  public GuestInstance open(PeerModule module) {
    return this;
  }

  @Override
  public void call(int function, CallReader call, ByteBuf frame, ByteBuf out) {
    ResultWriter.beginResult(out, framing, call.id(), NO_VALUES, NO_TYPES, 0, call.inputLength());
    out.writeBytes(frame, call.inputIndex(), call.inputLength());
  }
}
