stadt: Zürich
list: [naïve, 日本, "emoji 🍋"]
