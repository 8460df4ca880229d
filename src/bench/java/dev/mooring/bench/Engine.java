package dev.mooring.bench;

/**
 * Something that runs WebAssembly, as whoever embeds it would use it.
 *
 * <p>One thread.
 */
interface Engine {
  /**
   * Compiles a module.
   *
   * @param function the exported function that sessions will be asked for
   */
  Guest<?> load(byte[] wasm, String function) throws Exception;

  /** How many sessions of a guest of 17 pages a process of 3 GiB can hold without trouble. */
  int maxLive();

  /**
   * A compiled module.
   *
   * @param <S> what the embedder keeps of a session: nothing is wrapped, so nothing is added to it
   */
  interface Guest<S> {
    /** Makes a session with state of its own. */
    S open() throws Exception;

    /**
     * Calls the function.
     *
     * @param argument what it is given, if it has a parameter, which is an i32
     * @return its result, an i64
     */
    long call(S session, int argument) throws Exception;

    /** Ends a session and gives back what it holds. */
    void close(S session) throws Exception;
  }
}
