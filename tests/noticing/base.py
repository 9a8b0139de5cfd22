from __future__ import annotations

import os
from pathlib import Path

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        self._note("connects")
        connection = super().get_new_connection(conn_params)
        connection.set_trace_callback(self._note)
        return connection

    def _note(self, what):
        with Path(os.environ["NOTICED"]).open("a") as file:
            file.write(f"{self.alias}: {what}\n")
