package dev.mooring.guest.memory;

/** How a module's spaces keep their memory. */
public enum Layout {
  /** Only the pages that a space wrote: for many sessions that each hold little. */
  DENSE(DenseOperations.class, GuestMemory.TRACKED_BYTES),
  /** One array for each space, as large as its memory: for few sessions that compute. */
  FLAT(FlatOperations.class, FlatMemory.BUFFER_BYTES);

  private final Class<?> operations;
  private final int bufferBytes;

  Layout(Class<?> operations, int bufferBytes) {
    this.operations = operations;
    this.bufferBytes = bufferBytes;
  }

  /** Whose static methods generated code calls for memory. */
  public Class<?> operations() {
    return operations;
  }

  /** How long a loop's page buffers must be. */
  public int bufferBytes() {
    return bufferBytes;
  }

  public GuestMemory memory(MemoryImage image, Segments segments, PagePool pool) {
    return switch (this) {
      case DENSE -> new DenseMemory(image, segments, pool);
      case FLAT -> new FlatMemory(image, segments, pool);
    };
  }
}
