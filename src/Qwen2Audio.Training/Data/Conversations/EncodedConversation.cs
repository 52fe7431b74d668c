using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>A conversation as tokens, with one placeholder per clip.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="IsAnswer">Whether each token is learned.</param>
/// <param name="AudioId">Id of the placeholder; −1 without audio.</param>
internal sealed record EncodedConversation(int[] Ids, bool[] IsAnswer, int AudioId)
{
    /// <summary>Number of tokens when each clip has its rows.</summary>
    public int Length(ReadOnlySpan<int> clipRows)
    {
        var length = Ids.Length - clipRows.Length;
        foreach (var rows in clipRows) length = checked(length + rows);
        return length;
    }

    /// <summary>The sequence with each placeholder repeated for every row of its clip.</summary>
    /// <param name="clips">Mono, 16 kHz, in the order of the placeholders.</param>
    /// <param name="clipRows">Number of rows of each clip.</param>
    /// <exception cref="ArgumentException">The numbers of clips and placeholders differ.</exception>
    public TokenDocument With(IReadOnlyList<float[]> clips, int[] clipRows)
    {
        var places = AudioId < 0 ? 0 : Ids.AsSpan().Count(AudioId);
        if (places != clips.Count || places != clipRows.Length)
            throw new ArgumentException($"{places} audio placeholders, {clips.Count} clips, {clipRows.Length} row counts.", nameof(clips));
        var (ids, labels) = (new int[Length(clipRows)], new int[Length(clipRows)]);
        Array.Fill(labels, CrossEntropyLoss.LeftOut);
        var (at, clip) = (0, 0);
        for (var i = 0; i < Ids.Length; i++)
        {
            if (Ids[i] == AudioId)
            {
                ids.AsSpan(at, clipRows[clip]).Fill(AudioId);
                at += clipRows[clip++];
                continue;
            }

            if (IsAnswer[i]) labels[at] = Ids[i];
            ids[at++] = Ids[i];
        }

        return new TokenDocument(ids, labels) { Clips = clips, ClipRows = clipRows };
    }
}
