package dev.mooring.guest;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.InterpreterMachine;
import com.dylibso.chicory.runtime.MStack;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.StackFrame;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.PassiveDataSegment;
import com.dylibso.chicory.wasm.types.PassiveElement;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import com.dylibso.chicory.wasm.types.ValType;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.memory.MemoryImage;
import dev.mooring.guest.memory.Segments;
import java.util.Deque;
import java.util.List;

/**
 * A guest without imports on Chicory's interpreter, with an instance and a memory of its own: it
 * shares no line of code with what compiled guests run.
 */
final class InterpretedInstance {
  private static final long[] NOTHING = {};

  /** Of one call; it takes some seconds. */
  private static final int MOST_INSTRUCTIONS = 50_000_000;

  /** A module, and how to make instances of it. */
  static final class Maker {
    private final WasmModule wasm;

    Maker(byte[] bytes) {
      wasm = Parser.parse(bytes);
    }

    /** An instance as the module declares it: none of its code has run. */
    InterpretedInstance make() {
      return new InterpretedInstance(wasm);
    }

    /** An instance in a state that another one was in. */
    InterpretedInstance make(StoreImage state) {
      InterpretedInstance made = make();
      made.restore(state);
      return made;
    }
  }

  /** How a call ended that did not return. */
  static final class Trapped extends Exception {
    private static final long serialVersionUID = 1;

    private final TrapKind kind;

    Trapped(TrapKind kind, Throwable cause) {
      super(cause);
      this.kind = kind;
    }

    TrapKind kind() {
      return kind;
    }
  }

  /**
   * The interpreter, but for how functions end by calling others. Chicory 1.7.5's leaves a frame
   * behind, and takes it for the caller's when that ends so, too. And it moves as many values as
   * the function has results, even if there are none on the stack.
   */
  private static final class Interpreter extends InterpreterMachine {
    private static final int MOST_RESULTS = 64;

    Interpreter(Instance instance) {
      super(instance);
      for (int i = 0; i < MOST_RESULTS; i++) {
        stack().push(0);
      }
    }

    @Override
    protected long[] call(
        MStack stack,
        Instance instance,
        Deque<StackFrame> frames,
        int function,
        long[] arguments,
        FunctionType type,
        boolean takesResults) {
      int before = frames.size();
      long[] results = super.call(stack, instance, frames, function, arguments, type, takesResults);
      while (frames.size() > before) {
        frames.pop();
      }
      return results;
    }
  }

  private final Instance instance;

  /** Instructions of the call that runs, or ran last. */
  private int executed;

  private InterpretedInstance(WasmModule wasm) {
    instance =
        Instance.builder(wasm)
            .withMachineFactory(Interpreter::new)
            .withMemoryFactory(
                limits ->
                    new ByteArrayMemory(
                        new MemoryLimits(limits.initialPages(), limits.maximumPages())))
            .withTableFactory(
                (table, initial) ->
                    new TableInstance(
                        new Table( // With limits of its own: growing changes them in place.
                            table.elementType(),
                            new TableLimits(table.limits().min(), table.limits().max())),
                        initial))
            .withStart(false)
            .withUnsafeExecutionListener((instruction, stack) -> count())
            .build();
  }

  private void count() {
    if (++executed > MOST_INSTRUCTIONS) {
      throw new IllegalStateException("the interpreter does not come to an end");
    }
  }

  /** Whether it has an export of this name. */
  boolean exports(String function) {
    var section = instance.module().exportSection();
    for (int i = 0; i < section.exportCount(); i++) {
      if (section.getExport(i).name().equals(function)) {
        return true;
      }
    }
    return false;
  }

  /** Calls an export; what it answers is as our own engine has it. */
  long[] call(String function, long... arguments) throws Trapped {
    long[] results;
    try {
      executed = 0;
      results = instance.export(function).apply(arguments);
    } catch (ChicoryException e) {
      throw new Trapped(kind(String.valueOf(e.getMessage()), e), e);
    }
    if (results == null) {
      return NOTHING;
    }
    List<ValType> types = instance.exportType(function).returns();
    for (int i = 0; i < results.length; i++) {
      results[i] = bits(results[i], types.get(i));
    }
    return results;
  }

  private static long bits(long value, ValType type) {
    return type.equals(ValType.I64) || type.equals(ValType.F64) ? value : (int) value;
  }

  private static TrapKind kind(String message, ChicoryException thrown) {
    if (message.startsWith("Trapped on unreachable")) {
      return TrapKind.UNREACHABLE;
    } else if (message.startsWith("out of bounds memory access")) {
      return TrapKind.OUT_OF_BOUNDS_MEMORY;
    } else if (message.startsWith("out of bounds table access")
        || message.startsWith("undefined element")) {
      return TrapKind.OUT_OF_BOUNDS_TABLE;
    } else if (message.startsWith("indirect call type mismatch")) {
      return TrapKind.INDIRECT_CALL_TYPE;
    } else if (message.startsWith("uninitialized element")) {
      return TrapKind.UNINITIALIZED_ELEMENT;
    } else if (message.startsWith("integer divide by zero")) {
      return TrapKind.INTEGER_DIVIDE_BY_ZERO;
    } else if (message.startsWith("integer overflow")) {
      return TrapKind.INTEGER_OVERFLOW;
    } else if (message.startsWith("invalid conversion to integer")) {
      return TrapKind.INVALID_CONVERSION;
    }
    throw new IllegalStateException("the interpreter failed", thrown);
  }

  /** All that it holds. */
  StoreImage state() {
    StoreImage state = PlainInstance.state(instance, droppedSegments());
    for (int i = 0; i < state.globals().length; i++) {
      state.globals()[i] = bits(state.globals()[i], instance.global(i).getType());
    }
    return state;
  }

  private int dataCount() {
    return instance.module().dataSection().dataSegmentCount();
  }

  /** Those that aren't passive count as dropped from the start. */
  private long[] droppedSegments() {
    WasmModule wasm = instance.module();
    int data = dataCount();
    int elements = wasm.elementSection().elementCount();
    long[] dropped = Segments.noneDropped(data + elements);
    for (int i = 0; i < data; i++) {
      if (!(wasm.dataSection().getDataSegment(i) instanceof PassiveDataSegment)
          || instance.dataSegmentData(i).length == 0) {
        Segments.drop(dropped, i);
      }
    }
    for (int i = 0; i < elements; i++) {
      if (!(wasm.elementSection().getElement(i) instanceof PassiveElement)
          || instance.element(i) == null) {
        Segments.drop(dropped, data + i);
      }
    }
    return dropped;
  }

  private void restore(StoreImage state) {
    MemoryImage memory = state.memory();
    Memory own = instance.memory();
    own.grow(memory.sizePages() - own.pages());
    own.fill((byte) 0, 0, own.pages() * Memory.PAGE_SIZE);
    for (int i = 0; i < memory.pageCount(); i++) {
      if (!memory.isZero(i)) {
        own.write(i * memory.page(i).length, memory.page(i));
      }
    }
    for (int i = 0; i < state.globals().length; i++) {
      instance.global(i).setValue(state.globals()[i]);
    }
    for (int i = 0; i < state.tables().length; i++) {
      int[] entries = state.tables()[i];
      TableInstance table = instance.table(i);
      table.grow(entries.length - table.size(), 0, instance);
      for (int j = 0; j < entries.length; j++) {
        table.setRef(j, entries[j], instance);
      }
    }
    int data = dataCount();
    for (int i = 0; i < data + instance.elementCount(); i++) {
      if ((state.droppedSegments()[i >> 6] & 1L << i) == 0) {
        continue;
      }
      if (i < data) {
        instance.dropDataSegment(i);
      } else {
        instance.setElement(i - data, null);
      }
    }
  }
}
