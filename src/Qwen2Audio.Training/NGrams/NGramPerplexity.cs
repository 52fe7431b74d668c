using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Training.NGrams;

/// <summary>How well a model predicts sentences.</summary>
/// <param name="Words">Number of words, without sentence ends.</param>
/// <param name="Sentences">Number of sentences.</param>
/// <param name="UnknownWords">Words outside the vocabulary. <paramref name="LogProbability"/> leaves out their own probability, but not their effect on the next words.</param>
/// <param name="LogProbability">ln P of the known words and the sentence ends.</param>
/// <param name="LeftOut">Lines with characters that are not allowed in texts.</param>
public sealed record NGramPerplexity(long Words, int Sentences, long UnknownWords, double LogProbability, int LeftOut)
{
    /// <summary>The exponential of the mean −ln P, sentence ends included.</summary>
    public double Perplexity => Math.Exp(-LogProbability / (Words - UnknownWords + Sentences));

    /// <summary>Measures a model on normalised sentences; null ones are counted as left out.</summary>
    public static NGramPerplexity Of(NGramModel model, IEnumerable<string?> sentences)
    {
        var (words, lines, unknown, sum, leftOut) = (0L, 0, 0L, 0.0, 0);
        foreach (var sentence in sentences)
        {
            if (sentence is null) leftOut++;
            if (string.IsNullOrEmpty(sentence)) continue;
            var state = model.Beginning;
            foreach (var word in sentence.Split(' '))
            {
                var id = model.IdOf(word);
                words++;
                if (id == model.UnknownId) unknown++;
                else sum += model.LogProbability(state, id);
                state = model.Next(state, id);
            }

            sum += model.LogProbability(state, model.EndId);
            lines++;
        }

        return new NGramPerplexity(words, lines, unknown, sum, leftOut);
    }
}
