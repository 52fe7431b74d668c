namespace Qwen2Audio.Architecture.Tests;

/// <summary>What a source file uses, found in its text without comments and quoted text.</summary>
internal static partial class Rules
{
    /// <summary>True when the text names the intrinsics, in a using, with an alias or in full.</summary>
    public static bool UsesIntrinsics(string source) => Intrinsics().IsMatch(Code(source));

    /// <summary>Calls that write, create, replace or rename a file, in order.</summary>
    public static string[] FileWrites(string source)
    {
        var code = Code(source);
        return [.. Writes().Matches(code).Where(match => !OnlyReads(code, match)).Select(match => Spaces().Replace(match.Value, " "))];
    }

    // Opening is reading when the call says so: FileAccess.Read, or no mode but Open and no access to write.
    private static bool OnlyReads(string code, Match match)
    {
        if (!match.Value.Contains("Open", StringComparison.Ordinal) && !match.Value.Contains("FileStream", StringComparison.Ordinal)) return false;
        var end = code.IndexOf(';', match.Index);
        var call = code[match.Index..(end < 0 ? code.Length : end)];
        return Reads().IsMatch(call) && !WritingAccess().IsMatch(call);
    }

    private static string Code(string source) => Quoted().Replace(source, match => match.Value.StartsWith('/') ? " " : "\"\"");

    [GeneratedRegex(@"System\s*\.\s*Runtime\s*\.\s*Intrinsics\b")]
    private static partial Regex Intrinsics();

    [GeneratedRegex(@"\bFile\s*\.\s*(Write|Append|Create|OpenWrite|OpenHandle|Open(?!Read|Text)|Replace|Move|Copy)\w*\s*\(|\bnew\s+(FileStream|StreamWriter)\s*\(|\bFileMode\s*\.\s*(Append|Create|CreateNew|Truncate)\b")]
    private static partial Regex Writes();

    [GeneratedRegex(@"\bFileAccess\s*\.\s*Read\b")]
    private static partial Regex Reads();

    [GeneratedRegex(@"\bFileAccess\s*\.\s*(Write|ReadWrite)\b")]
    private static partial Regex WritingAccess();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("""
        //[^\n]*|/\*.*?\*/|"{3}.*?"{3}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"
        """, RegexOptions.Singleline)]
    private static partial Regex Quoted();
}
