using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Qwen2Audio.Formats.Tests")]
[assembly: InternalsVisibleTo("Qwen2Audio.Training.Tests")]
