package dev.mooring.cli.client;

import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.client.ErrorCode;
import dev.mooring.client.ExportedFunction;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/** What commands do with a server and its sessions beyond the client library. */
public final class Remote {
  private static final int NAMES_SHOWN_AT_MOST = 20;

  private Remote() {}

  /**
   * Waits for an answer.
   *
   * @throws MooringException if it is an error
   */
  public static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MooringException error) {
        throw error;
      }
      throw new IllegalStateException("the client library failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.failed("interrupted while waiting for the server", e);
    }
  }

  /**
   * The function of that name.
   *
   * @throws CommandFailure if the module has none; it says which there are
   */
  static ExportedFunction function(MooringSession session, String name) {
    return session
        .export(name)
        .orElseThrow(
            () ->
                CommandFailure.failed(
                    ErrorCode.FUNCTION_NOT_FOUND
                        + ": the module has no function '"
                        + Bytes.toLine(name)
                        + "' that clients may call; it has "
                        + names(session.exports())));
  }

  /** Whether there was no Mooring server to open a session at, rather than one that refused. */
  static boolean isNoServer(MooringException error) {
    return switch (error.code()) {
      case CONNECT_FAILED, OPEN_TIMEOUT, CONNECTION_LOST, PROTOCOL_VIOLATION -> true;
      default -> false;
    };
  }

  private static String names(List<ExportedFunction> functions) {
    if (functions.isEmpty()) {
      return "none";
    }
    String names =
        functions.stream()
            .limit(NAMES_SHOWN_AT_MOST)
            .map(ExportedFunction::name)
            .collect(Collectors.joining(", "));
    return functions.size() > NAMES_SHOWN_AT_MOST ? names + ", …" : names;
  }
}
