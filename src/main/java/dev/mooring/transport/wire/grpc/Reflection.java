package dev.mooring.transport.wire.grpc;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.TextFormat;
import dev.mooring.proto.reflection.v1.ErrorResponse;
import dev.mooring.proto.reflection.v1.FileDescriptorResponse;
import dev.mooring.proto.reflection.v1.ListServiceResponse;
import dev.mooring.proto.reflection.v1.ServerReflectionRequest;
import dev.mooring.proto.reflection.v1.ServerReflectionResponse;
import dev.mooring.proto.reflection.v1.ServiceResponse;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code grpc.reflection.v1.ServerReflection}: what services there are, and the files that say so.
 *
 * <p>Any thread; no state.
 */
final class Reflection {
  private Reflection() {}

  /** The service as it was called before it was done, which older tools ask for. */
  static FileDescriptor alpha(FileDescriptor v1) {
    String renamed =
        TextFormat.printer()
            .printToString(v1.toProto())
            .replace("grpc.reflection.v1", "grpc.reflection.v1alpha")
            .replace("grpc/reflection/v1", "grpc/reflection/v1alpha");
    try {
      return FileDescriptor.buildFrom(
          TextFormat.parse(renamed, FileDescriptorProto.class), new FileDescriptor[0]);
    } catch (TextFormat.ParseException | DescriptorValidationException e) {
      throw new AssertionError("a file under another name is one", e);
    }
  }

  static MessageLite answer(byte[] message, boolean isServing)
      throws InvalidProtocolBufferException {
    var request = ServerReflectionRequest.parseFrom(message);
    var answer =
        ServerReflectionResponse.newBuilder()
            .setValidHost(request.getHost())
            .setOriginalRequest(request);
    switch (request.getMessageRequestCase()) {
      case LIST_SERVICES -> answer.setListServicesResponse(services());
      case FILE_BY_FILENAME -> file(answer, byName(request.getFileByFilename()));
      case FILE_CONTAINING_SYMBOL -> file(answer, bySymbol(request.getFileContainingSymbol()));
      case FILE_CONTAINING_EXTENSION, ALL_EXTENSION_NUMBERS_OF_TYPE ->
          fail(answer, GrpcStatus.NOT_FOUND, "nothing is extended here");
      case MESSAGEREQUEST_NOT_SET ->
          fail(answer, GrpcStatus.INVALID_ARGUMENT, "the request asks for nothing");
    }
    return answer.build();
  }

  private static ListServiceResponse services() {
    var services = ListServiceResponse.newBuilder();
    GrpcMethods.services()
        .forEach(name -> services.addService(ServiceResponse.newBuilder().setName(name)));
    return services.build();
  }

  private static void file(ServerReflectionResponse.Builder answer, @Nullable FileDescriptor file) {
    if (file == null) {
      fail(answer, GrpcStatus.NOT_FOUND, "there is none");
      return;
    }
    var files = FileDescriptorResponse.newBuilder();
    withImports(file, new LinkedHashSet<>())
        .forEach(one -> files.addFileDescriptorProto(one.toProto().toByteString()));
    answer.setFileDescriptorResponse(files);
  }

  private static void fail(
      ServerReflectionResponse.Builder answer, GrpcStatus status, String message) {
    answer.setErrorResponse(
        ErrorResponse.newBuilder().setErrorCode(status.code()).setErrorMessage(message));
  }

  private static Set<FileDescriptor> withImports(FileDescriptor file, Set<FileDescriptor> found) {
    if (found.add(file)) {
      file.getDependencies().forEach(imported -> withImports(imported, found));
    }
    return found;
  }

  private static Set<FileDescriptor> all() {
    var all = new LinkedHashSet<FileDescriptor>();
    GrpcMethods.FILES.forEach(file -> withImports(file, all));
    return all;
  }

  private static @Nullable FileDescriptor byName(String name) {
    for (FileDescriptor file : all()) {
      if (file.getName().equals(name)) {
        return file;
      }
    }
    return null;
  }

  /** What has a full name: a service, a message, an enum, or what is in one of them. */
  private static @Nullable FileDescriptor bySymbol(String symbol) {
    for (FileDescriptor file : all()) {
      String inside = file.getPackage() + ".";
      if (symbol.startsWith(inside) && has(file, symbol.substring(inside.length()))) {
        return file;
      }
    }
    return null;
  }

  private static boolean has(FileDescriptor file, String name) {
    int dot = name.indexOf('.');
    String first = dot < 0 ? name : name.substring(0, dot);
    return file.findMessageTypeByName(first) != null
        || file.findEnumTypeByName(first) != null
        || file.findServiceByName(first) != null;
  }
}
