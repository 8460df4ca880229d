package dev.mooring.spec;

import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The suite's modules on an event loop's worth of guests, without an event loop. One thread. */
final class InProcess implements SpecHost, AutoCloseable {
  /** Room for the largest memory that the suite grows. */
  static final long MEMORY_BYTES = 1L << 30;

  private static final long BUDGET_BYTES = 1L << 31;
  private static final int PATIENT_MILLIS = 60_000;
  private static final CallLimits LIMITS = new CallLimits(PATIENT_MILLIS, 0, 0, 0);
  private static final GuestEnvironment ENVIRONMENT =
      new GuestEnvironment(Map.of(), (level, message) -> {});

  private final SpecSuite suite;
  private final GuestRuntime runtime = new GuestRuntime(BUDGET_BYTES);
  private final GuestLoop loop = new GuestLoop(runtime);
  private final Invocation invocation = new Invocation(Unpooled.buffer(256), Unpooled.buffer(256));

  InProcess(SpecSuite suite) {
    this.suite = suite;
  }

  private Invocation begun() {
    invocation.begin(LIMITS, Invocation.ActiveTimers.NONE, PATIENT_MILLIS, System.nanoTime());
    return invocation;
  }

  @Override
  public CompletableFuture<Instance> open(String name) {
    try {
      GuestModule module = GuestModule.compile(suite.module(name), ModuleOptions.DEFAULTS, runtime);
      Space space = loop.open(module, ENVIRONMENT, MEMORY_BYTES, begun());
      return CompletableFuture.completedFuture(new Opened(module, space));
    } catch (ModuleRefused e) {
      return CompletableFuture.failedFuture(new Refused(String.valueOf(e.getMessage())));
    } catch (SpaceRefused e) {
      return CompletableFuture.failedFuture(new Refused(e.outcome().toString()));
    }
  }

  private final class Opened implements Instance {
    private final GuestModule module;
    private final Space space;

    Opened(GuestModule module, Space space) {
      this.module = module;
      this.space = space;
    }

    @Override
    public CompletableFuture<Outcome> call(String function, List<SpecValue> arguments) {
      return CompletableFuture.completedFuture(outcome(function, arguments));
    }

    private Outcome outcome(String function, List<SpecValue> arguments) {
      ExportedFunction export = module.export(function);
      if (export == null) {
        return new Outcome.Failed("there is no such function");
      }
      long[] bits = arguments.stream().mapToLong(SpecValue::bits).toArray();
      return switch (space.call(export, bits, begun())) {
        case CallOutcome.Committed c ->
            new Outcome.Returned(Arrays.stream(invocation.results()).boxed().toList());
        case CallOutcome.Trapped(var kind) -> new Outcome.Trapped(kind.name());
        case CallOutcome other -> new Outcome.Failed(other.toString());
      };
    }

    @Override
    public void close() {
      space.close();
    }
  }

  @Override
  public void close() {
    invocation.close();
    loop.close();
    runtime.close();
  }
}
