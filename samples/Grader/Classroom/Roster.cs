using System.Text;
using MyTorch.Grader.Source;

namespace MyTorch.Grader.Classroom;

/// <summary>A student of the roster. What the roster does not tell is empty.</summary>
sealed record RosterStudent(
    string Name, string First, string Last, string Email, string Login, string Id, string Sid, string Section, int Line)
{
    /// <summary>What the student is called in tables and messages.</summary>
    public string Shown => Name.Length > 0 ? Name : Email.Length > 0 ? Email : Login.Length > 0 ? Login : Sid.Length > 0 ? Sid : Id;
}

/// <summary>
/// The students of a course, as Canvas (gradebook), Moodle (participants, grader report) or Gradescope (roster) exports them, or with
/// columns name and email. Handins are matched by number, address, login and name, whatever the case, the order of first and last name,
/// and accents.
/// </summary>
sealed class Roster
{
    // The platforms' names for the same thing, in lower case.
    static readonly string[] s_name = ["student", "name", "full name", "student name"], s_first = ["first name", "firstname", "given name"],
        s_last = ["last name", "surname", "lastname", "family name"], s_email = ["email", "email address", "e-mail"],
        s_login = ["sis login id", "login", "login id", "username"], s_id = ["id", "canvas id", "user id"],
        s_sid = ["sid", "id number", "sis user id", "student id", "student number"], s_section = ["section", "sections", "group", "groups"];

    Roster(IReadOnlyList<RosterStudent> students) => Students = students;

    public IReadOnlyList<RosterStudent> Students { get; }

    /// <exception cref="SourceException">The file does not name students.</exception>
    public static Roster Read(string file)
    {
        var students = new List<RosterStudent>();
        foreach ((int line, IReadOnlyDictionary<string, string> row) in Csv.Read(file))
        {
            string Cell(string[] columns) =>
                columns.Select(column => row.GetValueOrDefault(column, "")).FirstOrDefault(text => text.Length > 0) ?? "";
            if (!s_name.Concat(s_first).Concat(s_last).Concat(s_email).Concat(s_login).Any(row.ContainsKey))
                throw new SourceException($"{Path.GetFileName(file)} has no column that names students. Expected name, student, first " +
                    $"name and last name, email or login; given: {string.Join(", ", row.Keys)}.");
            (string name, string first, string last) = (Cell(s_name), Cell(s_first), Cell(s_last));
            // Canvas's second row holds the assignments' points, and its last row a test student without an address.
            if (name.Trim() is "Points Possible" or "Student, Test" or "Test Student") continue;
            if (name.Length == 0) name = $"{first} {last}".Trim();
            else if (first.Length + last.Length == 0) (first, last) = Split(name);
            var student = new RosterStudent(
                name, first, last, Cell(s_email), Cell(s_login), Cell(s_id), Cell(s_sid), Cell(s_section), line);
            if (student.Shown.Length > 0) students.Add(student);
        }
        if (students.Count == 0) throw new SourceException($"{Path.GetFileName(file)} names no students.");
        foreach (var twice in students.GroupBy(student => (student.Id, student.Sid, student.Email, student.Login, student.Name))
            .Where(group => group.Count() > 1))
            throw new SourceException($"{Path.GetFileName(file)}, line {twice.Last().Line}: {twice.First().Shown} has a row already, " +
                $"line {twice.First().Line}.");
        return new(students);
    }

    // "Doe, Jane" or "Jane Doe": the last word is taken for the last name where no comma says it.
    static (string First, string Last) Split(string name) => name.Split(',', 2) is [{ } last, { } first] ? (first.Trim(), last.Trim())
        : name.LastIndexOf(' ') is > 0 and var at ? (name[..at].Trim(), name[(at + 1)..]) : ("", name);

    /// <summary>The student whose handin it is; null if no row fits, or several fit equally well.</summary>
    /// <param name="student">What the handin's name, or its platform's list, says.</param>
    /// <param name="id">The platform's number; empty for none.</param>
    /// <param name="several">The rows that fit equally well.</param>
    public RosterStudent? Find(string student, string id, out IReadOnlyList<RosterStudent> several)
    {
        several = [];
        string bare = id.Length > 0 && student.EndsWith($" ({id})", StringComparison.Ordinal) ? student[..^(id.Length + 3)] : student;
        string key = Folded(bare), words = Words(bare), letters = Letters(bare);
        // From what names one person to what may name several.
        Func<RosterStudent, bool>[] ways =
        [
            one => id.Length > 0 && one.Id == id,
            one => one.Email.Length > 0 && Folded(one.Email) == key,
            one => one.Login.Length > 0 && Folded(one.Login) == key || one.Sid.Length > 0 && Folded(one.Sid) == key,
            one => Words(one.Name) == words || Words($"{one.First} {one.Last}") == words,
            one => letters.Length > 0 && (Letters(one.Last + one.First) == letters || Letters(one.First + one.Last) == letters),
            one => one.Email.Length > 0 && Folded(one.Email.Split('@')[0]) == key,
        ];
        foreach (Func<RosterStudent, bool> fits in ways)
        {
            RosterStudent[] found = [.. Students.Where(fits)];
            if (found.Length == 1) return found[0];
            if (found.Length == 0) continue;
            several = found;
            return null;
        }
        return null;
    }

    // The words of a name without accents and case, in the alphabet's order: "Doe, Zoë" and "zoe doe".
    static string Words(string name) => string.Join(' ', Folded(name)
        .Split([' ', ',', '.', '_', '-', '\'', '’'], StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    static string Letters(string name) => string.Concat(Folded(name).Where(char.IsLetter));

    // What each letter from À to ſ is without its accent.
    const string Plain =
        "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuytyAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGg" +
        "HhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

    // Without case and accents, whichever way a keyboard or a file system writes them, and whatever the machine's culture.
    static string Folded(string text)
    {
        var folded = new StringBuilder();
        foreach (char letter in text.Trim())
            if (letter is 'ß' or 'ẞ') folded.Append("ss");
            else if (letter is 'æ' or 'Æ') folded.Append("ae");
            else if (letter is 'œ' or 'Œ') folded.Append("oe");
            else if (letter is >= '\u0300' and <= '\u036F') continue;
            else folded.Append(char.ToLowerInvariant(letter is >= 'À' and <= 'ſ' ? Plain[letter - 'À'] : letter));
        return folded.ToString();
    }
}
