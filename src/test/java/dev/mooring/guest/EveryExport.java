package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.Invocation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** Calls what a module exports, whatever it is, each under a short deadline. */
public final class EveryExport implements AutoCloseable {
  /** How long one call may run. */
  public static final int TIMEOUT_MILLIS = 10;

  /** A module of many functions that never end would take all of the time. */
  private static final int MOST_CALLS = 16;

  private static final CallLimits LIMITS = new CallLimits(TIMEOUT_MILLIS, 1 << 16, 16, 4);
  private static final long[] ARGUMENTS = {0, 1, -1};

  private final Invocation invocation = new Invocation(Unpooled.buffer(256), Unpooled.buffer(256));
  private final ByteBuf input = Unpooled.copiedBuffer("a=b two words\n", StandardCharsets.US_ASCII);

  /** Made ready for an opening, which is a call, too. */
  public Invocation begun() {
    invocation.begin(LIMITS, Invocation.ActiveTimers.NONE, TIMEOUT_MILLIS, System.nanoTime());
    invocation.input(input, input.readerIndex(), input.readableBytes());
    return invocation;
  }

  /** Calls each function; a call that doesn't commit must leave the space as it was. */
  public void call(GuestModule module, Space space) {
    call(module, space, outcome -> {});
  }

  /** As above, and hands on how each call ended. */
  public void call(GuestModule module, Space space, Consumer<CallOutcome> ended) {
    int calls = 0;
    for (ExportedFunction function : module.exports()) {
      for (long argument : ARGUMENTS) {
        if (calls++ == MOST_CALLS) {
          return;
        }
        call(space, function, argument, ended);
        if (function.parameters().isEmpty()) {
          break;
        }
      }
    }
    for (ExportedFunction hook : Arrays.asList(module.timerHook(), module.closeHook())) {
      if (hook != null) {
        call(space, hook, 1, ended);
      }
    }
  }

  private void call(
      Space space, ExportedFunction function, long argument, Consumer<CallOutcome> ended) {
    byte[] before = space.save().toBytes();
    long[] arguments = new long[function.parameters().size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] =
          switch (function.parameters().get(i)) {
            case I32, F32 -> argument & 0xFFFF_FFFFL;
            case I64, F64 -> argument;
            case FUNCREF, EXTERNREF -> throw new AssertionError("nobody may pass a reference");
          };
    }
    CallOutcome outcome = space.call(function, arguments, begun());
    ended.accept(outcome);
    byte[] after = space.save().toBytes();
    if (!outcome.committed()) {
      assertArrayEquals(before, after, function.signature() + ": " + outcome);
    }
  }

  @Override
  public void close() {
    invocation.close();
    input.release();
  }
}
