-- The users.
CREATE TABLE app.users (
    id bigint PRIMARY KEY,
    team_id integer REFERENCES teams (id),
    name text NOT NULL
);

CREATE VIEW active AS SELECT u.id, count(*) AS total FROM app.users u JOIN teams ON teams.id = u.team_id;
CREATE INDEX users_name ON app.users (name);

/* Adds. */
CREATE FUNCTION add_user(who text, age integer) RETURNS integer AS $$ SELECT 1; $$ LANGUAGE sql;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SCHEMA app;

WITH recent AS (SELECT * FROM events) SELECT add_user(name) FROM recent;
UPDATE app.users SET name = lower(name) WHERE id = 1;
INSERT INTO teams (id) VALUES (1);
DELETE FROM events;
