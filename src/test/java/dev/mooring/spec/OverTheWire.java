package dev.mooring.spec;

import dev.mooring.client.CallResult;
import dev.mooring.client.ErrorCode;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.TrapKind;
import dev.mooring.client.Value;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The suite's modules at a server; a session for each. Any thread. */
final class OverTheWire implements SpecHost, AutoCloseable {
  /** A module may wait for the compilation of others. */
  private static final OpenOptions.Timeouts PATIENT =
      OpenOptions.Timeouts.DEFAULTS.withOpen(Duration.ofMinutes(1));

  private final MooringClient client = MooringClient.create();
  private final SocketAddress server;

  OverTheWire(SocketAddress server) {
    this.server = server;
  }

  @Override
  public CompletableFuture<Instance> open(String name) {
    return client
        .open(server, OpenOptions.module(name).withTimeouts(PATIENT))
        .handle(
            (session, thrown) -> {
              if (session != null) {
                return new Opened(session);
              }
              throw new CompletionException(refused(thrown));
            });
  }

  private static Throwable refused(@Nullable Throwable thrown) {
    return thrown instanceof MooringException e && e.code() == ErrorCode.MODULE_REFUSED
        ? new Refused(String.valueOf(e.getMessage()))
        : new IllegalStateException(thrown);
  }

  private record Opened(MooringSession session) implements Instance {
    @Override
    public CompletableFuture<Outcome> call(String function, List<SpecValue> arguments) {
      Value[] values = arguments.stream().map(Opened::value).toArray(Value[]::new);
      return session.call(function, values).handle(Opened::outcome);
    }

    private static Value value(SpecValue argument) {
      long bits = argument.bits();
      return switch (argument.type()) {
        case "i32" -> Value.i32((int) bits);
        case "i64" -> Value.i64(bits);
        case "f32" -> Value.f32(Float.intBitsToFloat((int) bits));
        case "f64" -> Value.f64(Double.longBitsToDouble(bits));
        default -> throw new IllegalArgumentException(argument.toString());
      };
    }

    private static Outcome outcome(@Nullable CallResult result, @Nullable Throwable thrown) {
      if (result != null) {
        return new Outcome.Returned(result.values().stream().map(Opened::bits).toList());
      }
      TrapKind trap = thrown instanceof MooringException e ? e.trap() : null;
      return trap == null
          ? new Outcome.Failed(String.valueOf(thrown))
          : new Outcome.Trapped(trap.name());
    }

    private static long bits(Value result) {
      return switch (result) {
        case Value.I32(int value) -> value;
        case Value.I64(long value) -> value;
        case Value.F32(float value) -> Float.floatToRawIntBits(value);
        case Value.F64(double value) -> Double.doubleToRawLongBits(value);
      };
    }

    @Override
    public void close() {
      session.close();
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
