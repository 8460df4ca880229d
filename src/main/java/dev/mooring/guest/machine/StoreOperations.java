package dev.mooring.guest.machine;

/**
 * What generated code does with an instance's state other than memory: globals, tables, segments.
 * Names and types are those of Chicory's {@code Shaded}, whose methods {@code Splice} makes call
 * these; public for that reason alone.
 */
public final class StoreOperations {
  private StoreOperations() {}

  public static long readGlobal(int index, GuestMachine machine) {
    return machine.globals[index];
  }

  public static int readGlobalRef(int index, GuestMachine machine) {
    return (int) machine.globals[index];
  }

  public static void writeGlobal(long value, int index, GuestMachine machine) {
    machine.globals[index] = value;
  }

  public static int tableGet(int index, int table, GuestMachine machine) {
    return machine.tables[table].ref(index);
  }

  public static void tableSet(int index, int value, int table, GuestMachine machine) {
    machine.tables[table].set(index, value);
  }

  public static int tableGrow(int value, int size, int table, GuestMachine machine) {
    return machine.tables[table].grow(size, value);
  }

  public static int tableSize(int table, GuestMachine machine) {
    return machine.tables[table].size();
  }

  public static void tableFill(int offset, int value, int size, int table, GuestMachine machine) {
    machine.tables[table].fill(offset, value, size);
  }

  public static void tableCopy(
      int to, int from, int size, int toTable, int fromTable, GuestMachine machine) {
    GuestTable[] tables = machine.tables;
    tables[toTable].copy(to, tables[fromTable], from, size);
  }

  public static void tableInit(
      int to, int from, int size, int segment, int table, GuestMachine machine) {
    machine.tables[table].init(to, machine.segments.elements(segment), from, size);
  }

  public static void dataDrop(int segment, GuestMachine machine) {
    machine.segments.dropData(segment);
  }

  public static void elementDrop(GuestMachine machine, int segment) {
    machine.segments.dropElements(segment);
  }

  /** Calls a function of another module's, of which no table here ever holds one. */
  @SuppressWarnings("DoNotCallSuggester") // Generated code calls it, should that ever happen.
  public static long[] callIndirect(
      long[] arguments, int type, int function, GuestMachine machine) {
    throw new IllegalStateException("a table holds a function of another module's");
  }
}
