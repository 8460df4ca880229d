/** The parts of the commands that are a client, without a server. */
@NullMarked
package dev.mooring.cli.client;

import org.jspecify.annotations.NullMarked;
