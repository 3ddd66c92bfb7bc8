/** Tests of the services with RxJava, with a member in this process. */
package io.quorate.vertx.rxjava3.service;
