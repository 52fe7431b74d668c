using Qwen2Audio.Checkpoints.Lexicons;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>
/// The prefix tree of a lexicon's pronunciations. Nodes 0 … phones are all its root: 0 at the start of the text, p after a word that ended in phone p, because a next word that
/// begins with the same phone needs a blank between.
/// </summary>
internal sealed class LexiconTree
{
    private readonly int[] _words;
    private readonly List<Node> _nodes;

    /// <summary>Builds the tree.</summary>
    /// <param name="lexicon">Words and pronunciations.</param>
    /// <param name="ahead">A score for each word; the largest one below a node is what the search expects there (language model look-ahead).</param>
    public LexiconTree(Lexicon lexicon, Func<int, float> ahead)
    {
        _words = [.. lexicon.Pronunciations.Select(entry => entry.Word)];
        _nodes = [.. Enumerable.Range(0, PhoneSet.Count).Select(phone => new Node(phone, 0))];
        List<int> path = [0]; // the nodes of the pronunciation before
        ReadOnlySpan<byte> before = [];
        for (var i = 0; i < _words.Length; i++)
        {
            ReadOnlySpan<byte> phones = lexicon.Pronunciations[i].Phones;
            var (shared, isNew) = (before.CommonPrefixLength(phones), !phones.SequenceEqual(before));
            var sibling = path.Count > shared + 1 ? path[shared + 1] : -1;
            if (isNew) path.RemoveRange(shared + 1, path.Count - shared - 1);
            for (var depth = shared; depth < phones.Length; depth++)
            {
                var node = _nodes.Count;
                _nodes.Add(new Node(phones[depth], i));
                if (depth == shared && sibling >= 0) _nodes[sibling].Next = node;
                else _nodes[path[depth]].Child = node;
                path.Add(node);
            }

            _nodes[path[^1]].End = i + 1;
            foreach (var node in path.Skip(1)) _nodes[node].Ahead = Math.Max(_nodes[node].Ahead, ahead(_words[i]));
            before = phones;
        }

        for (var root = 0; root < PhoneSet.Count; root++) (_nodes[root].Child, _nodes[root].Ahead) = (_nodes[0].Child, 0);
    }

    /// <summary>Whether a node is the root: no word is begun.</summary>
    public static bool IsRoot(int node) => node < PhoneSet.Count;

    /// <summary>The phone that leads to a node; 0 at the start.</summary>
    public int Phone(int node) => _nodes[node].Phone;

    /// <summary>The first node below; negative: none.</summary>
    public int Child(int node) => _nodes[node].Child;

    /// <summary>The next node with the same one above; negative: none.</summary>
    public int Next(int node) => _nodes[node].Next;

    /// <summary>The words that end at a node.</summary>
    public ReadOnlySpan<int> Words(int node) => _nodes[node] is { End: > 0 } at ? _words.AsSpan(at.First..at.End) : [];

    /// <summary>The largest score of a word at or below a node; 0 at the root.</summary>
    public float Ahead(int node) => _nodes[node].Ahead;

    /// <summary>A node; its words are pronunciations First … End − 1.</summary>
    private sealed class Node(int phone, int first)
    {
        public int Phone => phone;

        public int First => first;

        public int End { get; set; }

        public int Child { get; set; } = -1;

        public int Next { get; set; } = -1;

        public float Ahead { get; set; } = float.NegativeInfinity;
    }
}
