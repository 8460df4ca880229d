@NullMarked
package dev.mooring.transport.wire.grpc;

import org.jspecify.annotations.NullMarked;
