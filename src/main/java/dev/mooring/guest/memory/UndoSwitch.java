package dev.mooring.guest.memory;

/**
 * Lets a benchmark see what it costs that calls can be undone. No server changes it, and none may:
 * without undo, pages that a space owns stay writable for as long as it is loaded, and a call that
 * fails keeps what it wrote.
 *
 * <p>Read once, when {@link DenseMemory} is loaded, so that it costs a server nothing.
 */
public final class UndoSwitch {
  public static boolean keep = true;

  private UndoSwitch() {}
}
