/** Which installation a command talks to: addresses, credentials and files of a data directory. */
@NullMarked
package io.ecomind.cli.profile;

import org.jspecify.annotations.NullMarked;
