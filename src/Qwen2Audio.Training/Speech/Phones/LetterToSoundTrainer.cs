using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Training.NGrams;

namespace Qwen2Audio.Training.Speech.Phones;

/// <summary>Learns from pronouncing dictionaries how letters are pronounced: alignment into graphones, then a modified Kneser-Ney n-gram model over them. The result depends on the entries alone.</summary>
public static class LetterToSoundTrainer
{
    private const int Iterations = 10;
    private const int Graphones = 1021; // with three control words 1,024, so that 6-grams fit into 64 bits
    private const int Order = 6;

    /// <summary>Learns from all pronunciations of dictionaries.</summary>
    /// <param name="paths">Dictionaries in the CMU dictionary's form.</param>
    /// <exception cref="PronunciationException">A file is missing, a line has the wrong form, or nothing can be learned from the dictionaries.</exception>
    public static LetterToSound Train(params IEnumerable<string> paths) => Train(paths, maxBytes: null);

    /// <summary>Learns from all pronunciations of dictionaries a model for a file of limited size.</summary>
    /// <param name="paths">Dictionaries in the CMU dictionary's form.</param>
    /// <param name="maxBytes">Maximum size of the file in bytes, reached by pruning; null: no pruning.</param>
    /// <exception cref="PronunciationException">A file is missing, a line has the wrong form, or nothing can be learned from the dictionaries.</exception>
    public static LetterToSound Train(IEnumerable<string> paths, long? maxBytes)
    {
        List<string> all = [.. paths];
        return Train(LexiconBuilder.Entries(all, out _).Select(entry => (entry.Word, entry.Phones)), maxBytes)
            ?? throw new PronunciationException(string.Join(", ", all), 0, "no word of letters and apostrophes that can be divided into letters with up to two phones each.");
    }

    /// <summary>Learns from entries; null when none can be divided into graphones.</summary>
    internal static LetterToSound? Train(IEnumerable<(string Word, string[] Phones)> entries, long? maxBytes = null)
    {
        List<string?> sentences = [.. new GraphoneAlignment(entries.DistinctBy(entry => $"{entry.Word} {string.Join(' ', entry.Phones)}"), Iterations).Best().Select(graphones => graphones is null ? null : string.Join(' ', graphones))];
        return sentences.All(sentence => sentence is null) ? null : new LetterToSound(NGramTrainer.Train(NGramCorpus.Of(sentences, Graphones), new NGramOptions { Order = Order, MaxBytes = maxBytes }));
    }
}
