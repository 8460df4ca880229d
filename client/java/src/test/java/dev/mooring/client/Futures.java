package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Waiting for futures, with patience but not for ever. */
final class Futures {

  static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  static MooringException failure(CompletableFuture<?> future) {
    var thrown = assertThrows(ExecutionException.class, () -> get(future));
    return assertInstanceOf(MooringException.class, thrown.getCause());
  }

  static MooringException failure(ErrorCode code, CompletableFuture<?> future) {
    MooringException failure = failure(future);
    assertEquals(code, failure.code(), failure::getMessage);
    return failure;
  }

  private Futures() {}
}
