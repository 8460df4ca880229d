package dev.mooring.guest;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.types.Element;
import org.jspecify.annotations.Nullable;

/**
 * What generated code does with an instance's state other than memory: globals, tables, segments.
 * Names and types are those of Chicory's {@code Shaded}, whose methods {@link Splice} makes call
 * these; public for that reason alone.
 */
public final class StoreOperations {
  private StoreOperations() {}

  public static long readGlobal(int index, Instance instance) {
    return GuestMachine.of(instance).globals[index];
  }

  public static int readGlobalRef(int index, Instance instance) {
    return (int) GuestMachine.of(instance).globals[index];
  }

  public static void writeGlobal(long value, int index, Instance instance) {
    GuestMachine.of(instance).globals[index] = value;
  }

  public static int tableGet(int index, int table, Instance instance) {
    return GuestMachine.of(instance).tables[table].ref(index);
  }

  public static void tableSet(int index, int value, int table, Instance instance) {
    GuestMachine.of(instance).tables[table].set(index, value);
  }

  public static int tableGrow(int value, int size, int table, Instance instance) {
    return GuestMachine.of(instance).tables[table].grow(size, value);
  }

  public static int tableSize(int table, Instance instance) {
    return GuestMachine.of(instance).tables[table].size();
  }

  public static void tableFill(int offset, int value, int size, int table, Instance instance) {
    GuestMachine.of(instance).tables[table].fill(offset, value, size);
  }

  public static void tableCopy(
      int to, int from, int size, int toTable, int fromTable, Instance instance) {
    GuestTable[] tables = GuestMachine.of(instance).tables;
    tables[toTable].copy(to, tables[fromTable], from, size);
  }

  public static void tableInit(
      int to, int from, int size, int segment, int table, Instance instance) {
    GuestMachine machine = GuestMachine.of(instance);
    machine.tables[table].init(to, machine.segments.elements(segment), from, size);
  }

  public static void dataDrop(int segment, Instance instance) {
    GuestMachine.of(instance).segments.dropData(segment);
  }

  /** What {@code elem.drop} does; generated code passes null for what is left of the segment. */
  public static void elementDrop(Instance instance, int segment, @Nullable Element nothing) {
    GuestMachine.of(instance).segments.dropElements(segment);
  }

  /** The table of an indirect call. */
  public static TableInstance table(Instance instance, int table) {
    return GuestMachine.of(instance).tables[table];
  }
}
