package dev.mooring.cli.client;

import dev.mooring.client.ServerAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where the server is: the option that client commands share. */
public final class ServerOption {
  /** What every description of such an address ends with. */
  public static final String SCHEMES =
      " Before it, what to speak there: ws:// for WebSocket, grpc:// for gRPC, wss:// and grpcs://"
          + " over TLS.";

  @Option(
      names = "--server",
      paramLabel = "[SCHEME://]HOST:PORT",
      defaultValue = "127.0.0.1:7070",
      converter = Converter.class,
      description = "Where the server listens; ${DEFAULT-VALUE} by default." + SCHEMES)
  private ServerAddress address = ServerAddress.parse("127.0.0.1:7070");

  ServerAddress address() {
    return address;
  }

  /** What picocli reads it with. */
  public static final class Converter implements ITypeConverter<ServerAddress> {
    @Override
    public ServerAddress convert(String text) {
      try {
        return ServerAddress.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
