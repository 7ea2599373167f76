-- What the server is, and whether what it acknowledges is on disk.
SELECT
    current_setting('server_version_num')::integer,
    current_setting('server_version'),
    current_user,
    current_setting('fsync') = 'on'
        AND current_setting('full_page_writes') = 'on'
        AND current_setting('synchronous_commit') <> 'off'
