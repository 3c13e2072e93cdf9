"""The database: schema, migrations, hopper, writer, queries."""
