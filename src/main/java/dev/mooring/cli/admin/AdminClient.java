package dev.mooring.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.HostAndPort;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Asks an admin side, and says in a person's words why there is no answer. */
final class AdminClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  private final HostAndPort address;
  private final @Nullable String token;

  /**
   * @param token null for none
   */
  AdminClient(HostAndPort address, @Nullable String token) {
    this.address = address;
    this.token = token;
  }

  HostAndPort address() {
    return address;
  }

  /** A part of a path or of what stands behind its question mark, whatever is in it. */
  static String quoted(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  /**
   * What is answered.
   *
   * @param path behind {@code /api/v1/}
   * @throws CommandFailure if it isn't what was asked for; the message says why
   */
  String get(String path) {
    return body(send(request(path).GET(), BodyHandlers.ofString(UTF_8)));
  }

  /** What comes of doing something. */
  String post(String path, String body) {
    return post(path, body, 0);
  }

  /** What comes of doing something that takes so long, in seconds. */
  String post(String path, String body, int seconds) {
    HttpRequest.Builder request =
        request(path)
            .POST(BodyPublishers.ofString(body))
            .timeout(PATIENCE.plusSeconds(Math.max(0, seconds)));
    return body(send(request, BodyHandlers.ofString(UTF_8)));
  }

  /** Lines, as they come, for as long as somebody sends some. */
  Stream<String> follow(String path) {
    HttpResponse<Stream<String>> response = send(request(path).GET(), BodyHandlers.ofLines());
    if (response.statusCode() != OK) {
      throw refusal(response.statusCode(), response.body().collect(Collectors.joining("\n")));
    }
    return response.body();
  }

  /**
   * What is in JSON that an admin side has sent.
   *
   * @throws CommandFailure if it isn't that
   */
  Map<String, Object> parse(String json) {
    try {
      return JSON.std.mapFrom(json);
    } catch (IOException e) {
      throw noAdminSide();
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + address + "/api/v1/" + path))
            .timeout(PATIENCE);
    return token == null ? request : request.header("Authorization", "Bearer " + token);
  }

  private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
    try {
      return http.send(request.build(), body);
    } catch (ConnectException e) {
      throw CommandFailure.noServer(
          "no admin side at %s: nobody listens there; `mooring serve --admin %s` does"
              .formatted(address, address),
          e);
    } catch (HttpTimeoutException e) {
      throw CommandFailure.noServer(
          "no admin side at %s: no answer within %d s".formatted(address, PATIENCE.toSeconds()), e);
    } catch (IOException e) {
      throw CommandFailure.noServer(
          "no admin side at %s: what listens there doesn't speak HTTP, or hung up"
              .formatted(address),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.failed("it was interrupted", e);
    }
  }

  private String body(HttpResponse<String> response) {
    if (response.statusCode() / 100 != OK / 100) {
      throw refusal(response.statusCode(), response.body());
    }
    return response.body();
  }

  private CommandFailure refusal(int status, String body) {
    String why = why(body);
    if (why.isEmpty()) {
      return noAdminSide();
    }
    return switch (status) {
      case UNAUTHORIZED ->
          CommandFailure.failed(
              token == null
                  ? "the server at %s asks who you are: --token-file FILE, or the token in"
                          .formatted(address)
                      + " MOORING_ADMIN_TOKEN"
                  : "the server at %s doesn't know this token".formatted(address));
      case FORBIDDEN ->
          CommandFailure.failed(
              "the server doesn't answer to the name %s: use its address, or have the name among"
                      .formatted(address.host())
                  + " hosts under [admin]");
      default -> CommandFailure.failed(why);
    };
  }

  private static String why(String body) {
    try {
      Object error = JSON.std.mapFrom(body).get("error");
      return error == null ? "" : Bytes.toLine(error.toString());
    } catch (IOException e) {
      return "";
    }
  }

  private CommandFailure noAdminSide() {
    return CommandFailure.failed(
        "what answers at %s is no admin side of Mooring".formatted(address));
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
