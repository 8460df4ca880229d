package dev.mooring.guest;

import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.MemoryImage;
import dev.mooring.guest.memory.Segments;

/**
 * What a space of a module starts from: the state after the module's initialisation, or, if that
 * differs from session to session, the state that the module declares. WebAssembly calls all of it
 * a store.
 *
 * <p>Immutable, and shared by all spaces on all loops.
 *
 * @param globals the values of all globals, as raw bits
 * @param tables the entries of all tables
 * @param droppedSegments a bit for each segment, as in {@link Segments}
 */
@SuppressWarnings("ArrayRecordComponent") // Shared, and never written to.
record StoreImage(MemoryImage memory, long[] globals, int[][] tables, long[] droppedSegments) {
  /**
   * What a processor holds now; its loaded space's last call has committed.
   *
   * @param before the memory that its spaces begin with
   */
  static StoreImage of(GuestMemory memory, GuestMachine machine, MemoryImage before) {
    int[][] tables = new int[machine.tables.length][];
    for (int i = 0; i < tables.length; i++) {
      tables[i] = machine.tables[i].entries().clone();
    }
    return new StoreImage(
        MemoryImage.of(memory, before), machine.globals.clone(), tables, machine.segments.copy());
  }
}
