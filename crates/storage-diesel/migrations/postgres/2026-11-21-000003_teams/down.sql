DROP INDEX apps_by_team;
DROP TABLE team_members;
DROP TABLE teams;
