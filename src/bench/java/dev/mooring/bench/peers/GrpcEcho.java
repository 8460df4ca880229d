package dev.mooring.bench.peers;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;

/**
 * An echo over grpc-java, made as its users make one: messages are what protobuf's generator makes
 * of them, and each is answered where it was read, on the event loop.
 */
final class GrpcEcho implements StreamObserver<ClientMessage> {
  private static final MethodDescriptor<ClientMessage, ServerMessage> SESSION =
      MethodDescriptor.<ClientMessage, ServerMessage>newBuilder()
          .setType(MethodType.BIDI_STREAMING)
          .setFullMethodName("mooring.v1.Mooring/Session")
          .setRequestMarshaller(ProtoUtils.marshaller(ClientMessage.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(ServerMessage.getDefaultInstance()))
          .build();

  private final Map<String, PeerModule> modules;
  private final StreamObserver<ServerMessage> client;

  private GrpcEcho(Map<String, PeerModule> modules, StreamObserver<ServerMessage> client) {
    this.modules = modules;
    this.client = client;
  }

  /** Starts to listen on a free port of the loopback address. */
  static Server start(
      Map<String, PeerModule> modules,
      EventLoopGroup acceptors,
      EventLoopGroup loops,
      boolean epoll)
      throws IOException {
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .bossEventLoopGroup(acceptors)
        .workerEventLoopGroup(loops)
        .channelType(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
        .directExecutor()
        .maxInboundMessageSize(PeerServer.MAX_FRAME_BYTES)
        .addService(
            ServerServiceDefinition.builder("mooring.v1.Mooring")
                .addMethod(
                    SESSION,
                    ServerCalls.asyncBidiStreamingCall(client -> new GrpcEcho(modules, client)))
                .build())
        .build()
        .start();
  }

  @Override
  public void onNext(ClientMessage message) {
    switch (message.getMessageCase()) {
      case CALL -> {
        Call call = message.getCall();
        ByteString output = call.getInput();
        client.onNext(
            ServerMessage.newBuilder()
                .setResult(Result.newBuilder().setId(call.getId()).setOutput(output))
                .build());
      }
      case OPEN -> {
        PeerModule module = modules.get(message.getOpen().getModule());
        if (module == null) {
          client.onError(Status.NOT_FOUND.asException());
        } else {
          client.onNext(ServerMessage.newBuilder().setOpened(module.opened()).build());
        }
      }
      case CLOSE -> {
        Closed.Builder closed = Closed.newBuilder().setReason(CloseReason.CLIENT_CLOSED);
        client.onNext(ServerMessage.newBuilder().setClosed(closed).build());
        client.onCompleted();
      }
      default -> client.onError(Status.UNIMPLEMENTED.asException());
    }
  }

  @Override
  public void onError(Throwable cause) {
    // The client has gone.
  }

  @Override
  public void onCompleted() {
    client.onCompleted();
  }
}
