#!/bin/sh
# Once, in a new database: the user that Parley logs in as. It is no superuser and may make neither roles nor databases.
# It owns its database (so that it can migrate it) and acts as parley_app, which may read and add, and nothing else.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat "${PARLEY_PASSWORD_FILE:-/run/secrets/parley_password}")" --username postgres --dbname postgres <<'SQL'
CREATE ROLE parley LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE ROLE parley_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE parley_eraser NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE parley_signer NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
GRANT parley_app, parley_eraser, parley_signer TO parley;
CREATE DATABASE parley OWNER parley;
SQL
