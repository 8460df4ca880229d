package dev.mooring.bench;

import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Map;

/** Mooring through the doors that its sessions use, on one loop. */
final class MooringEngine implements Engine {
  static final GuestEnvironment ENVIRONMENT =
      new GuestEnvironment(Map.of(), (level, message) -> {});
  static final long MAX_MEMORY_BYTES = 16 << 20;

  /** No call that is measured is to be stopped, however cold the code is that runs it. */
  private static final int TIMEOUT_MILLIS = 60_000;

  private static final CallLimits LIMITS = new CallLimits(TIMEOUT_MILLIS, 4 << 20, 256, 64);

  /** For 100,000 spaces, of which some thousands are looked at in a tick. */
  private static final int TICKS_TO_REST = 100;

  /** What measures memory must not run out of an account of it. */
  private static final long BUDGET_BYTES = Long.MAX_VALUE / 2;

  private final InterruptionCheck check;
  private final GuestRuntime runtime = new GuestRuntime(BUDGET_BYTES);
  private final GuestLoop loop = new GuestLoop(runtime);
  private final Invocation invocation =
      new Invocation(Unpooled.buffer(1_024), Unpooled.buffer(1_024));

  MooringEngine() {
    this(InterruptionCheck.SWITCH);
  }

  /** One that differs from the server in what its guests ask at back-edges and calls. */
  MooringEngine(InterruptionCheck check) {
    this.check = check;
  }

  @Override
  public Loaded load(byte[] wasm, String function) throws Exception {
    GuestModule module = GuestModule.compile(wasm, ModuleOptions.DEFAULTS, runtime, check);
    return new Loaded(module, function);
  }

  @Override
  public int maxLive() {
    return 100_000;
  }

  int liveSpaces() {
    return loop.liveSpaces();
  }

  /** What a server's loop does four times a second. */
  void tick() {
    loop.tick();
  }

  /** Lets so much time pass by the loop's clock that every space goes to rest. */
  void letRest() {
    for (int i = 0; i < TICKS_TO_REST; i++) {
      tick();
    }
  }

  /** A compiled module, and one function of it. */
  final class Loaded implements Guest<Space> {
    private final GuestModule module;
    private final ExportedFunction function;
    private final long[] arguments;

    private Loaded(GuestModule module, String functionName) {
      this.module = module;
      ExportedFunction found = module.export(functionName);
      if (found == null) {
        throw new IllegalArgumentException("no export called " + functionName);
      }
      this.function = found;
      this.arguments = new long[function.parameters().size()];
    }

    @Override
    public Space open() throws Exception {
      begin(Unpooled.EMPTY_BUFFER);
      return loop.open(module, ENVIRONMENT, MAX_MEMORY_BYTES, invocation);
    }

    /** Opens a space in the state that another one was saved in. */
    Space restore(SessionState state) throws IOException {
      try {
        return loop.restore(module, state, ENVIRONMENT, MAX_MEMORY_BYTES);
      } catch (StateException | SpaceRefused e) {
        throw new IOException("a space can't be restored: " + e.getMessage(), e);
      }
    }

    @Override
    public long call(Space space, int argument) {
      CallOutcome outcome = run(space, Unpooled.EMPTY_BUFFER, argument);
      if (!outcome.committed()) {
        throw new IllegalStateException("the call ended as " + outcome);
      }
      return invocation.results()[0];
    }

    /** Calls the function, and says how that went. */
    CallOutcome run(Space space, ByteBuf input, int argument) {
      begin(input);
      if (arguments.length > 0) {
        arguments[0] = argument;
      }
      return space.call(function, arguments, invocation);
    }

    /** Calls the function, which may run for so long, and says how that went. */
    CallOutcome runFor(Space space, int timeoutMillis) {
      begin(Unpooled.EMPTY_BUFFER, timeoutMillis);
      return space.call(function, arguments, invocation);
    }

    /** Whether the module has been stopped so often that its checks stay real ones. */
    boolean isChecked() {
      return module.isChecked();
    }

    /** The same module, for calls of another function in the same spaces. */
    Loaded with(String functionName) {
      return new Loaded(module, functionName);
    }

    /** What the last call wrote; until the next. */
    ByteBuf output() {
      return invocation.output();
    }

    @Override
    public void close(Space space) {
      space.close();
    }
  }

  private void begin(ByteBuf input) {
    begin(input, TIMEOUT_MILLIS);
  }

  private void begin(ByteBuf input, int timeoutMillis) {
    invocation.begin(LIMITS, Invocation.ActiveTimers.NONE, timeoutMillis, System.nanoTime());
    invocation.input(input, input.readerIndex(), input.readableBytes());
  }
}
