package dev.mooring.guest;

import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.compile.CompiledModule;
import dev.mooring.guest.deadline.Lane;
import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.HostCalls;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.GuestTable;
import dev.mooring.guest.memory.Layout;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.guest.memory.Segments;
import java.security.SecureRandom;
import org.jspecify.annotations.NullMarked;

/**
 * A {@link Processor} that never commits, for benchmarks: it has one space, which stays loaded, and
 * its calls only ever run. So the first call prepares the pages that a call writes to, and those
 * after it find them prepared: the difference to {@link Space#call} is what a transaction costs.
 *
 * <p>In this package, since that is where the parts are; the server has no such switch.
 *
 * <p>One thread.
 */
@NullMarked
public final class BareProcessor {
  private final GuestModule module;
  private final GuestEnvironment environment;
  private final GuestMemory memory;
  private final GuestMachine machine;
  private final HostCalls calls = new HostCalls(new SecureRandom());
  private final Lane lane = new Lane();

  /** A processor of a module without tables that change. */
  public BareProcessor(GuestModule module, GuestRuntime runtime, GuestEnvironment environment) {
    this.module = module;
    this.environment = environment;
    CompiledModule compiled = module.compiled();
    StoreImage image = module.image();
    Layout layout = compiled.layout();
    var pool = new PagePool(runtime.budget(), layout.bufferBytes(), GuestLoop.FREE_BUFFERS);
    var segments =
        new Segments(
            module.declared().data(), module.declared().elements(), image.droppedSegments());
    memory = layout.memory(image.memory(), segments, pool);
    memory.load(memory.newSpace(image.memory().sizePages()));
    machine = new GuestMachine(image.globals(), new GuestTable[0], segments, calls);
    runtime.watchdog().watch(lane);
  }

  /** Runs a function, as {@link Space#call} does, but for the end: nothing commits. */
  public void call(ExportedFunction function, long[] arguments, Invocation invocation) {
    long[] results = invocation.resultsFor(function.results().size());
    calls.enter(memory, invocation, environment);
    lane.enter(
        module.compiled().stopSwitch(), invocation.deadlineNanos(), invocation.durationNanos());
    for (CompiledFunction door : module.door(function)) {
      door.call(arguments, results, memory, machine);
    }
    if (!lane.leave()) {
      throw new IllegalStateException("the call was stopped");
    }
    calls.leave();
  }
}
