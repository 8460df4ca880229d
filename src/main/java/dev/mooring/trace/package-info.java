/**
 * Traces of calls, as OpenTelemetry has them: spans of those whose clients say of which trace they
 * are a part, sent to a collector over OTLP.
 *
 * <p>It knows what sessions tell of their calls, and nothing of servers.
 */
@NullMarked
package dev.mooring.trace;

import org.jspecify.annotations.NullMarked;
