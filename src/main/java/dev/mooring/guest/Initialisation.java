package dev.mooring.guest;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.deadline.Lane;
import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.machine.HostCalls;
import dev.mooring.guest.machine.World;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.guest.memory.Windows;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A space that nobody's session has, in which a module is initialised once for all of them.
 *
 * <p>Compile thread.
 */
final class Initialisation implements AutoCloseable {
  private static final GuestEnvironment NOBODY =
      new GuestEnvironment(Map.of(), (level, message) -> {});
  private static final long[] NO_ARGUMENTS = {};

  /** It runs without a session; what it sends or logs makes it impure, and is lost. */
  private static final int OUTPUT_BYTES = 1 << 20;

  private static final int EVENTS = 1_024;

  /** Whose the space is. */
  private static final Processor.Owner NOBODYS =
      new Processor.Owner() {
        @Override
        public void runs(Space space) {}

        @Override
        public void closed(Space space) {}
      };

  private final GuestModule module;
  private final ModuleOptions options;
  private final GuestRuntime runtime;
  private final HostCalls calls;
  private final Lane lane = new Lane();
  private final Windows windows;
  private final PagePool pool;
  private final Processor processor;
  private final Space space;
  private final Invocation invocation =
      new Invocation(ByteBufAllocator.DEFAULT.heapBuffer(), ByteBufAllocator.DEFAULT.heapBuffer());

  /** Of a module, from its image on. */
  Initialisation(GuestModule module, ModuleOptions options, GuestRuntime runtime) {
    this.module = module;
    this.options = options;
    this.runtime = runtime;
    this.calls =
        new HostCalls(
            World.forAll(runtime.clock(), module.digest(), module.summary().fixedInputs()));
    this.windows = new Windows(runtime.budget());
    this.pool = new PagePool(runtime.budget(), windows, 0);
    this.processor = new Processor(module, pool, windows, lane, calls, NOBODYS);
    this.space = processor.open(NOBODY, options.limits().memoryPages());
    runtime.watchdog().watch(lane);
  }

  /** Runs functions as one call, without input. */
  CallOutcome run(List<CompiledFunction> functions) {
    return run(functions, ByteBuffer.allocate(0));
  }

  /**
   * Runs functions as one call.
   *
   * @param input what they may ask for
   */
  CallOutcome run(List<CompiledFunction> functions, ByteBuffer input) {
    invocation.begin(
        new CallLimits(options.initializeMillis(), OUTPUT_BYTES, EVENTS, EVENTS),
        Invocation.ActiveTimers.NONE,
        options.initializeMillis(),
        runtime.clock().nanoTime());
    ByteBuf bytes = Unpooled.wrappedBuffer(input);
    invocation.input(bytes, 0, bytes.readableBytes());
    return processor.run(
        space, functions.toArray(new CompiledFunction[0]), NO_ARGUMENTS, NO_ARGUMENTS, invocation);
  }

  /**
   * What the space becomes when it is put into a state; none of its code is run. It is new.
   *
   * @throws StateException if the state is none of the module's
   */
  StoreImage image(SessionState state) throws StateException {
    StateFit.check(module, state, module.memoryLimitPages(options.limits().memoryPages()));
    processor.restore(space, state);
    CallOutcome outcome = run(List.of());
    if (!outcome.committed()) {
      throw GuestTrap.OUT_OF_MEMORY;
    }
    return image();
  }

  /** What the last call has written. */
  String output() {
    return invocation.output().toString(StandardCharsets.UTF_8);
  }

  /** Whether anything was asked for that differs from session to session, or was sent. */
  boolean touchedWorld() {
    return calls.touchedWorld();
  }

  /** What the space is now; the last call has committed. */
  StoreImage image() {
    return processor.snapshot();
  }

  @Override
  public void close() {
    runtime.watchdog().unwatch(lane);
    space.close();
    invocation.close();
    windows.clear();
    pool.trim();
  }
}
