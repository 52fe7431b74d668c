using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Tests;

public sealed class PhoneAlignmentTests
{
    private static readonly Random Numbers = new(7);

    [Theory]
    [InlineData(5, 1)]
    [InlineData(7, 1)]
    [InlineData(8, 2)]
    [InlineData(4, 2)]
    public void The_path_found_is_the_best_of_all(int frames, int least)
    {
        byte[][][] words = [[[1], [2, 3]], [[3], [1, 2]]];
        for (var round = 0; round < 10; round++)
        {
            var scores = Random(frames);
            var found = PhoneAlignment.Find(scores, new PhoneGraph(words, least), out var total);
            var (best, spans) = BestOfAll(scores, words, least);
            Assert.Equal(best, total, 1e-5);
            Assert.Equal(spans, found);
        }
    }

    [Fact]
    public void Too_few_frames_give_no_path()
    {
        Assert.Null(PhoneAlignment.Find(Random(3), new PhoneGraph([[[1, 2]]], 2), out _));
        Assert.Null(PhoneAlignment.Find(Random(0), new PhoneGraph([[[1]]], 1), out _));
        Assert.Equal(2, PhoneAlignment.Find(Random(4), new PhoneGraph([[[1, 2]]], 2), out _)!.Count);
    }

    [Fact]
    public void The_pronunciation_that_fits_is_taken_and_silence_only_where_it_is()
    {
        //                  silence, EY (13), silence, AH (3) B (7), AH (3) as the next word without silence between
        int[] heard = [0, 0, 13, 13, 13, 0, 0, 0, 3, 3, 7, 7, 3, 3, 3];
        var scores = new float[heard.Length * PhoneSet.Count];
        for (var frame = 0; frame < heard.Length; frame++)
            for (var phone = 0; phone < PhoneSet.Count; phone++) scores[frame * PhoneSet.Count + phone] = phone == heard[frame] ? -0.1f : -5;
        var spans = PhoneAlignment.Find(new CtcPosteriors(scores, heard.Length, PhoneSet.Count), new PhoneGraph([[[3], [13]], [[3, 7]], [[13], [3]]], 1), out _);
        Assert.Equal([new(0, 0, 13, 2, 5), new(1, 0, 3, 8, 10), new(1, 1, 7, 10, 12), new(2, 0, 3, 12, 15)], spans);
    }

    private static CtcPosteriors Random(int frames) => new([.. Enumerable.Range(0, frames * PhoneSet.Count).Select(_ => -5 * Numbers.NextSingle())], frames, PhoneSet.Count);

    private static (double Score, List<PhoneSpan> Spans) BestOfAll(CtcPosteriors scores, byte[][][] words, int least)
    {
        var (best, spans) = (double.NegativeInfinity, new List<PhoneSpan>());
        foreach (var chosen in Choices(words, 0))
            foreach (var lengths in Lengths(chosen.Count, scores.Rows, [.. chosen.Select(state => state.Word < 0 ? 0 : least)], least))
            {
                var (at, total, path) = (0, 0.0, new List<PhoneSpan>());
                for (var i = 0; i < chosen.Count; i++)
                {
                    var (word, place, phone) = chosen[i];
                    if (word >= 0) path.Add(new PhoneSpan(word, place, phone, at, at + lengths[i]));
                    for (var end = at + lengths[i]; at < end; at++) total += scores.Row(at)[phone];
                }

                if (total > best) (best, spans) = (total, path);
            }

        return (best, spans);
    }

    private static IEnumerable<List<(int Word, int Place, int Phone)>> Choices(byte[][][] words, int word)
    {
        if (word == words.Length) yield return [(-1, 0, 0)];
        else foreach (var rest in Choices(words, word + 1))
            foreach (var phones in words[word]) yield return [(-1, 0, 0), .. phones.Select((phone, place) => (word, place, (int)phone)), .. rest];
    }

    // a silence, whose least is 0, has none or at least as many frames as a phone
    private static IEnumerable<int[]> Lengths(int count, int frames, int[] least, int some)
    {
        if (count == 0)
        {
            if (frames == 0) yield return [];
            yield break;
        }

        for (var length = least[^count]; length <= frames; length++)
        {
            if (length > 0 && length < some) continue;
            foreach (var rest in Lengths(count - 1, frames - length, least, some)) yield return [length, .. rest];
        }
    }
}
