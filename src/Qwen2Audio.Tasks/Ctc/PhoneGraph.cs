namespace Qwen2Audio.Tasks.Ctc;

/// <summary>A state of a <see cref="PhoneGraph"/>.</summary>
/// <param name="Phone">Its phone, an id of the phone set; 0: silence.</param>
/// <param name="Word">Its word; −1: silence.</param>
/// <param name="Place">Position of the phone in the pronunciation.</param>
/// <param name="Before">The states that may come before it, besides itself.</param>
/// <param name="Stays">Whether it may last for several frames.</param>
internal readonly record struct PhoneState(int Phone, int Word, int Place, int[] Before, bool Stays);

/// <summary>
/// All ways to say words, as the states of a hidden Markov model in topological order: the pronunciations of each word side by side, and between words and at the ends silence, which may be left out.
/// A phone is a chain of states, so that it lasts for a minimum number of frames.
/// </summary>
internal sealed class PhoneGraph
{
    private readonly List<PhoneState> _states = [];

    private PhoneGraph() => Ends = [];

    /// <summary>Builds the graph.</summary>
    /// <param name="words">The pronunciations of each word, at least one each, as ids of the phone set.</param>
    /// <param name="frames">Least frames of a phone and of silence.</param>
    public PhoneGraph(IReadOnlyList<IReadOnlyList<byte[]>> words, int frames)
    {
        int[] ends = [Chain(0, -1, 0, [], frames)];
        Starts.Add(0);
        for (var word = 0; word < words.Count; word++)
        {
            var after = new List<int>();
            foreach (var phones in words[word])
            {
                if (word == 0) Starts.Add(_states.Count);
                var before = ends;
                for (var place = 0; place < phones.Length; place++) before = [Chain(phones[place], word, place, before, frames)];
                after.Add(before[0]);
            }

            ends = [.. after, Chain(0, -1, 0, [.. after], frames)];
        }

        Ends = ends;
    }

    /// <summary>The same for the rows of a CTC head: a phone has at least one row, blanks (phone 0) may be between phones, and must be between equal ones.</summary>
    public static PhoneGraph OfCtc(IReadOnlyList<IReadOnlyList<byte[]>> words)
    {
        var graph = new PhoneGraph();
        int[] ends = [graph.Chain(0, -1, 0, [], 1)];
        graph.Starts.Add(0);
        for (var word = 0; word < words.Count; word++)
        {
            var after = new List<int>();
            foreach (var phones in words[word])
            {
                if (word == 0) graph.Starts.Add(graph._states.Count);
                var before = ends;
                for (var place = 0; place < phones.Length; place++)
                {
                    var phone = graph.Chain(phones[place], word, place, [.. before.Where(state => graph._states[state].Phone != phones[place])], 1);
                    before = place + 1 < phones.Length ? [phone, graph.Chain(0, -1, 0, [phone], 1)] : [phone];
                }

                after.Add(before[0]);
            }

            ends = [.. after, graph.Chain(0, -1, 0, [.. after], 1)];
        }

        graph.Ends = ends;
        return graph;
    }

    /// <summary>The states.</summary>
    public IReadOnlyList<PhoneState> States => _states;

    /// <summary>States that may be the first one.</summary>
    public List<int> Starts { get; } = [];

    /// <summary>States that may be the last one.</summary>
    public int[] Ends { get; private set; }

    private int Chain(int phone, int word, int place, int[] before, int frames)
    {
        for (var i = 0; i < frames; i++)
        {
            _states.Add(new PhoneState(phone, word, place, before, i == frames - 1));
            before = [_states.Count - 1];
        }

        return before[0];
    }
}
