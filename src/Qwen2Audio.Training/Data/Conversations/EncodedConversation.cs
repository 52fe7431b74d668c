using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>A conversation as tokens, with one placeholder a clip.</summary>
/// <param name="Ids">Tokens.</param>
/// <param name="IsAnswer">For each token whether it is learned.</param>
/// <param name="AudioId">Id of the placeholder; −1 where there is no audio.</param>
internal sealed record EncodedConversation(int[] Ids, bool[] IsAnswer, int AudioId)
{
    /// <summary>Tokens when each clip has its rows.</summary>
    public int Length(ReadOnlySpan<int> clipRows)
    {
        var length = Ids.Length - clipRows.Length;
        foreach (var rows in clipRows) length = checked(length + rows);
        return length;
    }

    /// <summary>The sequence in which each placeholder is repeated as often as its clip has rows.</summary>
    /// <param name="clips">Mono, 16 kHz, in the order of their places.</param>
    /// <param name="clipRows">Rows of each clip.</param>
    /// <exception cref="ArgumentException">The number of clips is not that of the placeholders.</exception>
    public TokenDocument With(IReadOnlyList<float[]> clips, int[] clipRows)
    {
        var places = AudioId < 0 ? 0 : Ids.AsSpan().Count(AudioId);
        if (places != clips.Count || places != clipRows.Length)
            throw new ArgumentException($"{places} places for audio, {clips.Count} clips, {clipRows.Length} numbers of rows.", nameof(clips));
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
