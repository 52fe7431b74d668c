using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Qwen2Audio.Training.Tests")]
[assembly: InternalsVisibleTo("Qwen2Audio.Fuzz")]
