namespace Qwen2Audio.Text;

/// <summary>
/// Collects and checks the merges of a file. The result of a merge is longer than both of its parts, so merges cannot be circular.
/// </summary>
internal sealed class MergeList
{
    private readonly string _file;
    private readonly Func<int, string> _place;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly Dictionary<ulong, int> _numbers;

    /// <summary>Merges of tokens of <paramref name="ids"/>; <paramref name="place"/> gives a merge's place in the file by its number.</summary>
    public MergeList(string file, Dictionary<string, int> ids, Func<int, string> place) =>
        (_file, _place, _ids, _numbers, Merges, Ids) = (file, place, ids.GetAlternateLookup<ReadOnlySpan<char>>(), new(ids.Count), new(ids.Count), new(ids.Count));

    /// <summary>The merges so far, rank 0 first.</summary>
    public List<(string Left, string Right)> Merges { get; }

    /// <summary>Ids of their parts, and of their results.</summary>
    public List<(int Left, int Right, int Merged)> Ids { get; }

    /// <summary>Adds a merge in the form "left right", with one space between.</summary>
    /// <exception cref="TokenizerFileException">Invalid form, symbols that the vocabulary does not have, or a repeated merge.</exception>
    public void Add(ReadOnlySpan<char> line, int number)
    {
        var space = line.IndexOf(' ');
        if (space < 0 || line[(space + 1)..].Contains(' '))
            throw new TokenizerFileException(_file, $"{_place(number)} is \"{line}\"; allowed: two symbols separated by one space.");
        Add(line[..space], line[(space + 1)..], number);
    }

    /// <summary>Adds a merge of two symbols.</summary>
    /// <exception cref="TokenizerFileException">A symbol is empty or unknown, or the merge is repeated.</exception>
    public void Add(ReadOnlySpan<char> left, ReadOnlySpan<char> right, int number)
    {
        if (left.IsEmpty || right.IsEmpty)
            throw new TokenizerFileException(_file, $"{_place(number)} merges \"{left}\" and \"{right}\"; allowed: two symbols separated by one space, none of them empty.");
        if (Merges.Count == TokenizerLimits.Entries)
            throw new TokenizerFileException(_file, $"{_place(number)} is one merge too many; allowed: at most {TokenizerLimits.Entries}.");
        var (first, firstId) = Token(left, number);
        var (second, secondId) = Token(right, number);
        Span<char> both = left.Length + right.Length <= 256 ? stackalloc char[left.Length + right.Length] : new char[left.Length + right.Length];
        left.CopyTo(both);
        right.CopyTo(both[left.Length..]);
        var (_, mergedId) = Token(both, number);
        if (!_numbers.TryAdd(BytePairMerger.Key(firstId, secondId), number))
            throw new TokenizerFileException(_file,
                $"{_place(number)} merges \"{left}\" and \"{right}\" again, as {_place(_numbers[BytePairMerger.Key(firstId, secondId)])} does; allowed: each merge once.");
        Merges.Add((first, second));
        Ids.Add((firstId, secondId, mergedId));
    }

    private (string Token, int Id) Token(ReadOnlySpan<char> text, int number) => _ids.TryGetValue(text, out var token, out var id) ? (token, id)
        : throw new TokenizerFileException(_file, $"{_place(number)} needs the token \"{text}\", which the vocabulary does not have.");
}
