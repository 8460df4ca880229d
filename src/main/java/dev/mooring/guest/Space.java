package dev.mooring.guest;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One session's instance: the memory, globals and tables that are its own.
 *
 * <p>Event loop only; one call at a time.
 */
public final class Space implements AutoCloseable {
  private static final int WASM_PAGE_BYTES = 65_536;

  private final GuestLoop loop;
  private final GuestModule module;
  private final GuestEnvironment environment;
  private final long maxMemoryBytes;
  private @Nullable Instance instance;
  private @Nullable GuestBytes memory;
  private boolean intact = true;

  Space(GuestLoop loop, GuestModule module, GuestEnvironment environment, long maxMemoryBytes) {
    this.loop = loop;
    this.module = module;
    this.environment = environment;
    this.maxMemoryBytes = maxMemoryBytes;
  }

  void initialize(Invocation invocation) throws SpaceRefused {
    CallOutcome outcome =
        run(
            invocation,
            () -> {
              Instance made =
                  Instance.builder(module.wasm())
                      .withImportValues(HostFunctions.bind(module.wasm(), loop.calls()))
                      .withMachineFactory(module.machine())
                      .withMemoryFactory(this::memory)
                      .withTableFactory(Space::table)
                      .withStart(false)
                      .build();
              instance = made;
              ExportedFunction hook = module.initializeHook();
              if (hook != null) {
                made.getMachine().call(hook.functionIndex(), new long[0]);
              }
            });
    if (!(outcome instanceof CallOutcome.Committed)) {
      throw new SpaceRefused(outcome);
    }
  }

  private com.dylibso.chicory.runtime.Memory memory(MemoryLimits limits) {
    int maximum = (int) Math.min(limits.maximumPages(), maxMemoryBytes / WASM_PAGE_BYTES);
    var made = new ByteArrayMemory(new MemoryLimits(limits.initialPages(), maximum));
    memory = new EngineBytes(made);
    loop.calls().enter(memory, Objects.requireNonNull(current), environment);
    return made;
  }

  /** Growing a table changes its limits in place; fresh ones keep that from the module. */
  private static TableInstance table(Table table, int initialValue) {
    TableLimits limits = new TableLimits(table.limits().min(), table.limits().max());
    return new TableInstance(new Table(table.elementType(), limits), initialValue);
  }

  private @Nullable Invocation current;

  /**
   * Runs a function to its end.
   *
   * @param arguments raw bits, one for each parameter
   * @param invocation begun; holds what the call gave, if it committed
   */
  public CallOutcome call(ExportedFunction function, long[] arguments, Invocation invocation) {
    Instance running = Objects.requireNonNull(instance, "the space is closed");
    return run(
        invocation,
        () -> {
          long[] results = running.getMachine().call(function.functionIndex(), arguments);
          if (results != null) {
            invocation.results(results);
          }
        });
  }

  private interface Body {
    void run() throws ModuleRefused;
  }

  private CallOutcome run(Invocation invocation, Body body) {
    current = invocation;
    GuestBytes bytes = memory == null ? EngineBytes.NONE : memory;
    loop.calls().enter(bytes, invocation, environment);
    try {
      body.run();
      return CallOutcome.Committed.INSTANCE;
    } catch (CallEnded e) {
      intact = e.outcome() instanceof CallOutcome.Failed && intact;
      return e.outcome();
    } catch (ModuleRefused e) {
      throw new IllegalStateException("the module was let in, and does not link", e);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      intact = false;
      return new CallOutcome.Trapped(Traps.kind(e));
    } finally {
      loop.calls().leave();
      current = null;
    }
  }

  /**
   * Whether the state is what the last committed call left. False after a call that failed and
   * could not be undone: then the space must be closed.
   */
  public boolean intact() {
    return intact;
  }

  @Override
  public void close() {
    if (instance != null) {
      instance = null;
      memory = null;
      loop.closed();
    }
  }
}
