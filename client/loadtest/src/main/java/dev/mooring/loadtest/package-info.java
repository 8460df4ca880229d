/**
 * The load test: puts a load on Mooring servers over the wire, and says what they made of it.
 *
 * <p>Not for calling functions for their answers, which is what {@code dev.mooring.client} is for:
 * here a call is a handful of numbers in arrays, and an answer is a duration. Not for the command
 * line either: {@code mooring loadtest} only reads flags and prints.
 *
 * <p>A {@link dev.mooring.loadtest.LoadTest} runs on the thread that asks for it, which samples
 * once a second; everything that touches a connection runs on that connection's event loop.
 *
 * <h2>What a report holds</h2>
 *
 * A {@link dev.mooring.loadtest.Report} is a tree that is JSON as it stands. Names carry their
 * units; times are in microseconds, and what wasn't measured is {@code null}.
 *
 * <pre>
 * schema                 "mooring-loadtest/1"
 * tool, started_at       who measured, and when (ISO 8601)
 * settings               what was asked for, by the names of the flags
 * saturated              whether this client was the bottleneck: then no number below is the server's
 * interrupted            whether it was ended before its time: with --step, the search
 * seconds                how long was measured; ramp, warm-up and drain don't count
 * calls                  scheduled (in that time), answered (of these), failed (of these), events
 * throughput_per_second  answers that came in that time, by its length
 * wanted_per_second      what an open loop was to send; null for a closed one
 * latency                from the moment at which a call should have been sent until its answer:
 *                        count, min_us, mean_us, p50_us, p75_us, p90_us, p99_us, p999_us, p9999_us, max_us,
 *                        spectrum [{percentile, us}]
 * service_time           from the moment at which it was sent; as latency
 * errors                 {CODE: count} of calls and of connections: the server's codes, and CONNECT_FAILED, OPEN_TIMEOUT, CONNECTION_LOST,
 *                        PROTOCOL_VIOLATION, TIMEOUT, BACKLOG_FULL, which are this client's
 * error_messages         {CODE: the first such message}
 * bytes                  sent, received, sent_per_second, received_per_second (of frames; TLS not counted)
 * connections            wanted, open_at_end, opened (in all), failed (in all: they weren't opened, or ended while no
 *                        call waited), opened_per_second (in the time measured), connect, open, first_reply: percentiles as in latency, each from the moment of connecting
 *                        to TCP's connection, to Opened, to the first answer
 * client                 saturated, reasons [text], cpu_cores, busiest_loop (share of a core), gc_share, gc_count,
 *                        send_lag (how late calls were handed to a connection; open loop only; as latency)
 * server                 null without a process id; else pids, cpu_seconds, cpu_cores, cpu_us_per_call, rss_before_bytes
 *                        (before the first connection), rss_connected_bytes (when all were open), rss_max_bytes,
 *                        rss_end_bytes
 * timeline               [{at_seconds, seconds, throughput_per_second, failed, p50_us, p99_us, max_us, open_connections,
 *                        bytes_sent, bytes_received, client_cpu_cores, server_cpu_cores, server_rss_bytes}]
 * steps                  with --step only: [{rate_per_second, throughput_per_second, p50_us, p99_us, p999_us, max_us,
 *                        failed, saturated, verdict}], a rate that wasn't held twice; the rest of the report is of the last rate that was held
 * knee_per_second        with --step only: that rate; null if there is none
 * expectations           with --expect only: [{expectation, value, met}]
 * </pre>
 *
 * Latency holds every call that was scheduled in the time measured and succeeded, and every one
 * that was never answered, with the time that it waited in vain: a server that stalls can't hide
 * behind what it didn't answer. Calls that were answered with an error are counted, not timed.
 */
@NullMarked
package dev.mooring.loadtest;

import org.jspecify.annotations.NullMarked;
