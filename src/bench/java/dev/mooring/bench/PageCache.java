package dev.mooring.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

/**
 * What Linux has of some files in its memory, which it can be told to forget ({@code posix_fadvise}
 * with {@code POSIX_FADV_DONTNEED}): then the next read is of the disk. What isn't on the disk yet
 * stays.
 *
 * <p>One thread.
 */
final class PageCache implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle ADVISE =
      function(
          "posix_fadvise",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private static final int READ_ONLY = 0;
  private static final int DONT_NEED = 4;

  private final int[] descriptors;
  private int opened;

  /**
   * Of these files, which may be in use.
   *
   * @throws IOException if one can't be opened
   */
  PageCache(List<Path> files) throws IOException {
    descriptors = new int[files.size()];
    for (Path file : files) {
      int descriptor = open(file);
      if (descriptor < 0) {
        close();
        throw new IOException(file + " can't be opened");
      }
      descriptors[opened++] = descriptor;
    }
  }

  @SuppressWarnings("restricted") // The types are those of C.
  private static MethodHandle function(
      String name, FunctionDescriptor types, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), types, options);
  }

  private static int open(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), READ_ONLY);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Has the system forget them.
   *
   * @throws IOException if it doesn't
   */
  void forget() throws IOException {
    for (int i = 0; i < opened; i++) {
      if (advise(descriptors[i]) != 0) {
        throw new IOException("the system doesn't forget what it has in memory of a file");
      }
    }
  }

  private static int advise(int descriptor) {
    try {
      return (int) ADVISE.invokeExact(descriptor, 0L, 0L, DONT_NEED);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < opened; i++) {
      close(descriptors[i]);
    }
    opened = 0;
  }

  private static void close(int descriptor) {
    try {
      int ignored = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The functions are C's, and throw nothing. */
  private static IllegalStateException unexpected(Throwable thrown) {
    return new IllegalStateException("a function of the system's can't be called", thrown);
  }
}
